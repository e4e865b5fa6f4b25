import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from deltaci.planner.config.loading import load_config
from deltaci.planner.model import PlanError
from scripts.pages import ci_config

REFERENCE = Path(__file__).resolve().parents[3] / "docs/reference"


@pytest.fixture
def schema() -> Any:
    return json.loads((REFERENCE / "ci.ai.schema.json").read_text())


def is_valid(schema: Any, content: str) -> bool:
    return bool(jsonschema.Draft202012Validator(schema).is_valid(yaml.safe_load(content)))


def test_page_and_schema_are_current() -> None:
    assert (REFERENCE / "ci.ai.yaml.md").read_text() == ci_config.render("")
    assert (REFERENCE / "ci.ai.schema.json").read_text() == ci_config.render_schema("")


def test_every_key_is_explained() -> None:
    unexplained = [
        f"{title}: {name}"
        for title, model in ci_config.SECTIONS
        for name, field in model.model_fields.items()
        if not field.description
    ]

    assert unexplained == []


def test_the_example_of_the_page_is_valid_for_both(schema: Any) -> None:
    example = ci_config.HEAD.partition("```yaml\n")[2].partition("```")[0]

    assert is_valid(schema, example)
    assert load_config(example.encode()).jobs["test"].needs == ["build"]


@pytest.mark.parametrize(
    "content",
    [
        "version: 2\njobs: {a: {steps: [a]}}",
        "version: 1\njobs: {}",
        "version: 1\njobs: {a: {steps: []}}",
        "version: 1\njobs: {a: {steps: [a], unknown: 1}}",
        "version: 1\njobs: {a: {steps: [a], policy: {retries: 99}}}",
        "version: 1\njobs: {a: {steps: [a], policy: {retry_on: [OFTEN]}}}",
        "version: 1\njobs: {' a': {steps: [a]}}",
    ],
)
def test_the_schema_refuses_what_the_planner_refuses(schema: Any, content: str) -> None:
    assert not is_valid(schema, content)
    with pytest.raises(PlanError):
        load_config(content.encode())


@pytest.mark.parametrize(
    "content",
    [
        "version: 1\njobs: {a: {steps: [a], env: {PORT: 8080}}}",
        "version: 1\njobs: {a: {steps: [a]}}\nlimits: {cpu: 2, memory: 4Gi}",
    ],
)
def test_the_schema_accepts_what_the_planner_accepts(schema: Any, content: str) -> None:
    assert is_valid(schema, content)
    assert load_config(content.encode()) is not None
