import unittest

from shop_newsletter import greeting


class GreetingTest(unittest.TestCase):
    def test_it_names_the_customer(self) -> None:
        self.assertEqual(greeting("Ada "), "Dear Ada,")

    def test_it_does_without_a_name(self) -> None:
        self.assertEqual(greeting(" "), "Dear customer,")
