"""Health answers."""

from deltaci.wire.values import WireModel


class Readiness(WireModel):
    """Which of the parts that the API needs answer."""

    database: bool
    temporal: bool
