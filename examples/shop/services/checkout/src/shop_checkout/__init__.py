"""Baskets, and the receipts that they become."""

from dataclasses import dataclass, field
from decimal import Decimal

from shop_checkout.tax import tax_rate
from shop_money import Money
from shop_pricing import price_of_line


@dataclass
class Basket:
    """What a customer is about to buy."""

    lines: list[tuple[Money, int]] = field(default_factory=list)
    discount: Decimal = Decimal(0)

    def net(self) -> Money:
        """The sum of all lines, with the discount, before tax."""
        prices = (price_of_line(price, count, [self.discount]) for price, count in self.lines)
        return sum(prices, Money(0))

    def total(self, country: str) -> Money:
        """What the customer pays."""
        net = self.net()
        return net + net.times(tax_rate(country))
