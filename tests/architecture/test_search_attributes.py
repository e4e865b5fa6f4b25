from pathlib import Path

from deltaci.local.temporal import SEARCH_ATTRIBUTES
from workflows import search

ROOT = Path(__file__).resolve().parents[2]
NAMES = [key.name for key in search.ALL]


def test_the_local_stack_knows_every_search_attribute() -> None:
    assert list(SEARCH_ATTRIBUTES) == NAMES


def test_the_compose_files_namespace_knows_every_search_attribute() -> None:
    script = (ROOT / "deploy/temporal/namespace.sh").read_text()

    assert [name for name in NAMES if f"--name {name} --type Keyword" not in script] == []


def test_the_operations_page_explains_every_search_attribute() -> None:
    page = (ROOT / "docs/operations.md").read_text()

    assert [name for name in NAMES if f"| `{name}` |" not in page] == []
