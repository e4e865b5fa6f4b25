"""The setting `ci_publishers` counts until an admin stores a list, even an empty one."""

import json
from pathlib import Path

import pytest

from deltaci.bootstrap import build_core
from deltaci.governance.change import Author
from deltaci.governance.first_publishers import first_publishers
from deltaci.governance.publishers import publisher_of
from deltaci.governance.replace_publishers import replace_publishers
from deltaci.identity.principal import OUR_ISSUER, Principal
from deltaci.identity.roles import Role
from deltaci.settings import Settings
from deltaci.testing.factories import Factory
from deltaci.wire.governance import CiPublisher, ReplaceCiPublishers

SHOP = {"name": "shop", "issuers": ["https://i.test"], "subject_prefixes": ["repo:acme/"]}


def principal(subject: str, role: Role) -> Principal:
    return Principal(subject, OUR_ISSUER, frozenset({role}))


def test_publishers_are_given_in_json() -> None:
    assert first_publishers(json.dumps([SHOP])) == [CiPublisher.model_validate(SHOP)]


def test_a_list_of_names_means_subjects_of_our_own() -> None:
    assert first_publishers(" ci-1 , ci-2") == [
        CiPublisher(name=name, issuers=[OUR_ISSUER], subjects=[name]) for name in ("ci-1", "ci-2")
    ]


@pytest.mark.parametrize(
    "text",
    ["[", "[1]", '["ci-1"]', '[{"name": "all"}]', "a,,b", "a,a", json.dumps([SHOP, SHOP])],
)
def test_garbage_keeps_the_process_from_starting(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ci_publishers must be"):
        build_core(Settings(data_dir=tmp_path, ci_publishers=text))


async def test_a_stored_list_counts_instead_also_when_it_is_empty(factory: Factory) -> None:
    core = factory.under(ci_publishers="ci-1").core
    ci = principal("ci-1", Role.CI_PUBLISHER)
    author = Author(principal("root", Role.ADMIN), "req_1")

    assert await publisher_of(core, ci) == "ci-1"
    await replace_publishers(core, author, ReplaceCiPublishers(publishers=[]), "k")

    assert await publisher_of(core, ci) is None
