"""What customers get by mail."""


def greeting(name: str) -> str:
    """The first line of every letter."""
    return f"Dear {name.strip() or 'customer'},"
