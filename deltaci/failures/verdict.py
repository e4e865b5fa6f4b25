"""The vocabulary of explanations: categories, confidence, and one finding."""

from dataclasses import dataclass
from enum import StrEnum

from deltaci.failures.log_lines import Line


class Category(StrEnum):
    """Where the cause of a failure lies."""

    USER = "USER"
    INFRA = "INFRA"
    TOOLING = "TOOLING"
    FLAKY = "FLAKY"
    CANCELED = "CANCELED"
    UNKNOWN = "UNKNOWN"


class Confidence(StrEnum):
    """How much the evidence supports the category."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an attempt failed, in one phrase without a full stop, and the log line that shows it."""

    category: Category
    confidence: Confidence
    phrase: str
    line: Line | None = None
