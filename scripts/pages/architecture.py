"""The generated parts of docs/architecture.md."""

from scripts.pages import import_rules, lifecycles
from scripts.pages.marks import between


def render(present: str) -> str:
    """The page with its diagrams and its table made anew."""
    present = between(present, "lifecycles", "deltaci/states.py", lifecycles.diagrams())
    return between(present, "import rules", ".importlinter", import_rules.table())
