"""Amounts of money, kept in cents so that nothing is lost."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal


@dataclass(frozen=True, order=True)
class Money:
    """An amount in cents."""

    cents: int

    def __add__(self, other: "Money") -> "Money":
        return Money(self.cents + other.cents)

    def times(self, factor: Decimal | int) -> "Money":
        """Multiply, and round to the nearest cent, halves to the even one."""
        exact = Decimal(self.cents) * Decimal(factor)
        return Money(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)))

    def __str__(self) -> str:
        return f"{self.cents // 100}.{self.cents % 100:02}"
