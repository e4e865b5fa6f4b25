import unittest
from decimal import Decimal

from shop_money import Money


class MoneyTest(unittest.TestCase):
    def test_amounts_add_up(self) -> None:
        self.assertEqual(Money(150) + Money(250), Money(400))

    def test_halves_round_to_the_even_cent(self) -> None:
        self.assertEqual(Money(5).times(Decimal("0.5")), Money(2))
        self.assertEqual(Money(15).times(Decimal("0.5")), Money(8))

    def test_an_amount_reads_as_a_price(self) -> None:
        self.assertEqual(str(Money(1205)), "12.05")
