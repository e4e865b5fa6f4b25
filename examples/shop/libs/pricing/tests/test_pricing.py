import unittest
from decimal import Decimal

from shop_money import Money
from shop_pricing import price_of_line


class PricingTest(unittest.TestCase):
    def test_a_line_is_price_times_quantity(self) -> None:
        self.assertEqual(price_of_line(Money(250), 3), Money(750))

    def test_a_discount_takes_its_share(self) -> None:
        self.assertEqual(price_of_line(Money(1000), 1, [Decimal("0.10")]), Money(900))

    def test_discounts_apply_one_after_the_other(self) -> None:
        discounts = [Decimal("0.10"), Decimal("0.50")]
        self.assertEqual(price_of_line(Money(1000), 1, discounts), Money(450))
