"""What makes an event impossible to track before anything is sent."""


class InvalidInputError(ValueError):
    """A flag, variable, file or combination of them is wrong; the message says which and how."""
