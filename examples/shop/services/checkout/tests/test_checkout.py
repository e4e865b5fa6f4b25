import unittest
from decimal import Decimal

from shop_checkout import Basket
from shop_money import Money


class CheckoutTest(unittest.TestCase):
    def test_the_total_includes_tax(self) -> None:
        basket = Basket([(Money(1000), 2)])
        self.assertEqual(basket.total("DE"), Money(2380))

    def test_a_discount_is_taken_before_tax(self) -> None:
        basket = Basket([(Money(1000), 1)], discount=Decimal("0.10"))
        self.assertEqual(basket.total("FR"), Money(1080))

    def test_an_empty_basket_costs_nothing(self) -> None:
        self.assertEqual(Basket().total("DE"), Money(0))
