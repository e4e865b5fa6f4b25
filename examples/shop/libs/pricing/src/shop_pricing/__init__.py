"""Discounts on the lines of a basket."""

from collections.abc import Iterable
from decimal import Decimal

from shop_money import Money


def price_of_line(article: Money, quantity: int, discounts: Iterable[Decimal] = ()) -> Money:
    """The price of a line; each discount is a fraction, such as Decimal("0.10")."""
    price = article.times(quantity)
    for discount in sorted(discounts, reverse=True):
        price = price.times(1 - discount)
    return price
