import json
import re
from pathlib import Path

import pytest

from deltaci.planner.config.loading import load_config
from deltaci.vcs.github import webhooks
from deltaci.vcs.github.app import ONLY_READ
from scripts import check_docs

ROOT = Path(__file__).resolve().parents[2]
PAGES = check_docs.pages()
EXAMPLES = re.findall(
    r"^```yaml\n(.*?)^```$",
    (ROOT / "docs/how-to/ci-config.md").read_text() + (ROOT / "docs/tutorial.md").read_text(),
    re.MULTILINE | re.DOTALL,
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_command_and_setting_on_a_page_exists(page: Path) -> None:
    assert check_docs.problems(page) == []


def test_every_page_of_the_documentation_can_be_reached_from_its_index() -> None:
    seen, waiting = set[Path](), [ROOT / "docs/index.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        targets = check_docs.LINK.findall(page.read_text())
        local = [each.split("#")[0] for each in targets if not each.startswith(check_docs.OUTSIDE)]
        waiting += [(page.parent / each).resolve() for each in local if each]

    assert [page for page in PAGES if page.is_relative_to(ROOT / "docs") and page not in seen] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_of_a_config_is_accepted(example: str) -> None:
    assert load_config(example.encode()).jobs


def test_the_github_app_may_do_and_hears_what_the_adapter_needs() -> None:
    page = (ROOT / "docs/how-to/connect-github.md").read_text()
    (block,) = re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    manifest = json.loads(block)

    assert set(manifest["default_events"]) == webhooks._PARSERS.keys()
    assert manifest["default_permissions"] == {
        **dict.fromkeys(("checks", "statuses", "pull_requests", "issues"), "write"),
        **ONLY_READ,
        "metadata": "read",
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[gone](nowhere.md)", "links to nowhere.md, which is not there"),
        ("[gone](#nothing)\n# Something", "links to #nothing, and there is no such heading"),
        ("```console\n$ delta-ci run begin\n```", "there is no command begin"),
        ("```console\n$ delta-ci run list \\\n>   --all\n```", "which has no --all"),
        ("Use `delta-ci run list --all`.", "which has no --all"),
        ("Set `DELTA_CI_SPEED`.", "names DELTA_CI_SPEED"),
        ("See `deltaci/magic.py`.", "names deltaci/magic.py"),
        ("```sh\nmake coffee\n```", "names `make coffee`"),
    ],
)
def test_what_does_not_exist_is_found(tmp_path: Path, text: str, problem: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)

    (found,) = check_docs.problems(page)

    assert problem in found
