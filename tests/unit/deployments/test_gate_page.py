"""The page about deployments lists the gates as the code has them."""

import re
from pathlib import Path

from deltaci.deployments.gates import GATES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "deployments.md"


def test_the_page_lists_every_gate_in_its_order() -> None:
    listed = re.findall(r"^\| `([a-z_]+)` \|", PAGE.read_text(), flags=re.MULTILINE)

    assert listed == [gate.__name__ for gate in GATES]
