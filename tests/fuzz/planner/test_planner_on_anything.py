"""Whatever a repository holds, planning answers or refuses; it never breaks."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deltaci.planner.canonical import jobs_from_json, jobs_to_json, plan_to_json
from deltaci.planner.config.loading import load_config
from deltaci.planner.fingerprint import FINGERPRINT_NAMES
from deltaci.planner.model import Change, ChangeKind, Diff, EntryKind, Plan, PlanError, PlanRequest
from deltaci.planner.plan import plan
from deltaci.testing.trees import request_for

FRAGMENTS = [
    *('[project]\nname = "a"\n', 'dependencies = ["b @ file:../b"]\n', "[tool.poetry]\n"),
    *("module x\n", "require (\n", "replace a => ../../..\n", "use (\n./a\n", "=> =>\n", ")\n"),
    *('{"name": 1}', '{"workspaces": ["**", "[", "!"]}', '{"scripts": {"build": []}}'),
    *(
        "-r requirements.txt\n",
        "-e ..\n",
        "\x00",
        "\ud800",
        "setup(",
        "[metadata]\n",
        "a: &a [*a]\n",
    ),
]
TEXT = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=20), max_size=6).map("".join)
CONTENT = TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=60)
FOLDERS = st.sampled_from(
    ["", "a/", "a/b/", "-x/", "$(id)/", 'q"`/', "é/", "n\n/", "docs/", "tests/"]
)
SOURCES = ["x.py", "test_x.py", "x.md", "x.go"]
NAMES = st.sampled_from([*sorted(FINGERPRINT_NAMES - {"ci.ai.yaml"}), *SOURCES])
PATHS = st.builds("".join, st.tuples(FOLDERS, NAMES))
KINDS = st.sampled_from(EntryKind)
CHANGES = st.sampled_from(ChangeKind)


@given(
    st.dictionaries(PATHS, st.tuples(CONTENT, KINDS), max_size=8),
    st.lists(
        st.tuples(st.sampled_from(ChangeKind), PATHS | st.text(min_size=1), PATHS), max_size=5
    ),
)
@settings(max_examples=400, deadline=None)
def test_any_tree_and_any_change_get_a_plan_or_a_reason(
    files: dict[str, tuple[bytes, EntryKind]], changes: list[tuple[ChangeKind, str, str]]
) -> None:
    diff = Diff(tuple(Change(kind, path, old) for kind, path, old in changes))
    request = request_for(
        {path: content for path, (content, _) in files.items()},
        diff,
        kinds={path: kind for path, (_, kind) in files.items()},
    )

    assert refusal_of(request).isprintable()


def refusal_of(request: PlanRequest) -> str:
    """Plan, and return why it was refused; empty when it was not."""
    try:
        check(plan(request))
    except PlanError as refused:
        return str(refused)
    return ""


def check(made: Plan) -> None:
    assert json.loads(plan_to_json(made))
    assert jobs_from_json(jobs_to_json(made.jobs)) == made.jobs
    assert made.explain.isprintable()
    for job in made.jobs:
        assert job.spec.workdir.isprintable()
        assert job.reason.isprintable()


@given(st.binary(max_size=400) | TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_configuration_or_are_refused_in_words(content: bytes) -> None:
    with pytest.raises(PlanError) as refused:
        load_config(content)

    assert str(refused.value).isprintable()


KEYS = [
    "version",
    "jobs",
    "steps",
    "needs",
    "matrix",
    "env",
    "paths",
    "policy",
    "caches",
    "a",
    "<<",
]
SCALARS = st.sampled_from(["1", "yes", "a", "2026-01-01", "~", "'x'", "{matrix.a}", "!!set", "*x"])


@given(
    st.recursive(
        SCALARS,
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
            | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3).map(
                lambda pairs: "{" + ", ".join(f"{k}: {v}" for k, v in pairs.items()) + "}"
            )
        ),
        max_leaves=15,
    )
)
@settings(max_examples=300, deadline=None)
def test_any_document_of_known_words_is_planned_or_refused_in_words(jobs: str) -> None:
    files = {"ci.ai.yaml": f"version: 1\njobs: {{a: {{steps: [x]}}, b: {jobs}}}\n"}

    request = request_for(files, Diff((Change(ChangeKind.MODIFIED, "x"),)))
    assert refusal_of(request).isprintable()
