"""Paths are read as their contract spells them."""

from pathlib import Path

import pytest

from api.contracts.contract import Contracts
from api.contracts.delta_ci import delta_ci
from api.contracts.versioner import versioner
from api.spelling import Spelling
from deltaci.settings import Settings


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("/build-events/", "/build-events/"),
        ("/build-events", "/build-events/"),
        ("//build-events/", "/build-events/"),
        ("///deployment-events", "/deployment-events/"),
        ("/versions/17/", "/versions/17"),
        ("/versions/17", "/versions/17"),
        ("/deployment-rules/violations/", "/deployment-rules/violations"),
        ("/build-eventss", "/build-eventss"),
        ("//api/v1/runs", "/api/v1/runs"),
        ("/api/v1/runs/", "/api/v1/runs/"),
        ("/", "/"),
        ("//", "/"),
    ],
)
def test_nouns_end_in_a_slash_and_nothing_below_them_does(
    sent: str, meant: str, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path)

    async def app(*_: object) -> None: ...

    spelling = Spelling(app, Contracts(delta_ci(settings), versioner(settings)))

    assert spelling.spelled(sent) == meant
