from pathlib import Path

import pytest

from scripts import generate_docs
from scripts.pages import architecture
from scripts.pages.settings import variables

ROOT = Path(__file__).resolve().parents[2]


def test_every_generated_page_is_current() -> None:
    stale = [page.name for page in generate_docs.stale_pages(ROOT)]

    assert stale == [], "run `make docs`"


def test_every_setting_is_explained() -> None:
    reference = (ROOT / "docs/reference/settings.md").read_text()
    unexplained = [
        name
        for name, field in variables().items()
        if not field.description or f"`{name}`" not in reference
    ]

    assert unexplained == []


def test_a_stale_page_is_found(tmp_path: Path) -> None:
    for name in generate_docs.PAGES:
        page = tmp_path / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text((ROOT / name).read_text().replace("`deltaci", "`renamed"))

    assert {page.name for page in generate_docs.stale_pages(tmp_path)} == {
        "architecture.md",
        "errors.md",
        "runner-protocol.md",
        "settings.md",
    }


def test_a_page_that_lost_its_marks_is_an_error() -> None:
    with pytest.raises(ValueError, match="has lost its marks"):
        architecture.render("# Architecture\n")
