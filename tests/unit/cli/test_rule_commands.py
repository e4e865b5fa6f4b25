"""`delta-ci rule` and `delta-ci approve`, against an API that answers from a script."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from deltaci.cli import governance_words as words
from deltaci.testing.commands import Ran
from deltaci.testing.scripted_api import ScriptedApi
from deltaci.wire.approvals import ApprovalType
from deltaci.wire.rules import RuleStatus, RuleType

Command = Callable[..., Awaitable[Ran]]

RULES = "/deployment-rules/"
RULE: dict[str, Any] = {
    "id": "r1",
    "name": "weekend",
    "type": "schedule",
    "status": "enabled",
    "description": "",
    "products": ["shop"],
    "environments": ["production"],
    "config": {},
    "revision": 1,
}
WEEKEND = """
windows: [{recurrence: weekly, days: [saturday], start_time: "00:00", end_time: "00:00"}]
"""


def test_the_command_line_spells_every_word_of_the_contract() -> None:
    assert set(get_args(words.RuleType)) == set(RuleType)
    assert set(get_args(words.RuleStatus)) == set(RuleStatus)
    assert set(get_args(words.ApprovalType)) == set(ApprovalType)


async def test_rules_are_listed(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"GET {RULES}", {"items": [RULE]})

    assert (await delta_ci("rule", "list")).out == ("weekend  schedule  enabled  shop production\n")
    assert json.loads((await delta_ci("rule", "list", "--json")).out) == {"items": [RULE]}


async def test_a_rule_is_added_from_a_file(
    api: ScriptedApi, delta_ci: Command, tmp_path: Path
) -> None:
    (tmp_path / "weekend.yaml").write_text(WEEKEND)
    api.answer(f"POST {RULES}", RULE, status=201)

    ran = await delta_ci(
        "rule", "add", "weekend", "--type", "schedule", "--config", "weekend.yaml",
        "--product", "shop", "--environment", "production", "--report-only",
    )  # fmt: skip

    assert ran.code == 0
    (sent,) = api.received(f"POST {RULES}")
    assert json.loads(sent.body) == {
        "name": "weekend",
        "type": "schedule",
        "status": "report_only",
        "description": "",
        "products": ["shop"],
        "environments": ["production"],
        "config": {
            "windows": [
                {
                    "recurrence": "weekly",
                    "days": ["saturday"],
                    "start_time": "00:00",
                    "end_time": "00:00",
                }
            ]
        },
    }


@pytest.mark.parametrize("content", ["a: [", None])
async def test_a_file_that_cannot_be_read_is_the_callers_mistake(
    delta_ci: Command, tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "bad.yaml").write_text(content)

    ran = await delta_ci("rule", "add", "x", "--type", "flow", "--config", "bad.yaml")

    assert ran.code == 2
    assert "bad.yaml" in ran.err


async def test_a_rule_is_set_and_removed_by_its_name(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"GET {RULES}", {"items": [RULE]})
    api.answer(f"PATCH {RULES}r1", {**RULE, "status": "report_only"})
    api.answer(f"DELETE {RULES}r1", b"", status=204)

    changed = await delta_ci(
        "rule", "set", "weekend", "--status", "report_only", "--reason", "hotfix"
    )
    removed = await delta_ci("rule", "remove", "weekend")
    unknown = await delta_ci("rule", "remove", "week")

    assert "report_only" in changed.out
    (sent,) = api.received(f"PATCH {RULES}r1")
    assert json.loads(sent.body) == {"status": "report_only", "reason": "hotfix"}
    assert (removed.code, unknown.code) == (0, 4)
    assert "no rule 'week'" in unknown.err


async def test_violations_are_filtered_and_shown(api: ScriptedApi, delta_ci: Command) -> None:
    violation = {
        "at": "2026-01-12T12:00:00.000Z",
        "blocked": True,
        "product_name": "shop",
        "version": "1.2.3",
        "environment_name": "production",
        "rule_name": "weekend",
        "message": "no\ndeployment",
    }
    api.answer(f"GET {RULES}violations", {"items": [violation], "next_cursor": "abc"})

    ran = await delta_ci("rule", "violations", "--product", "shop", "--blocked")

    assert ran.out == (
        "2026-01-12T12:00:00.000Z  refused  shop 1.2.3 to production  weekend: no deployment\n"
    )
    assert "more: --cursor abc" in ran.err
    (sent,) = api.received(f"GET {RULES}violations")
    assert sent.query == {"product": "shop", "blocked": "true", "limit": "20"}


@pytest.mark.parametrize(("allowed", "code"), [(True, 0), (False, 1)])
async def test_asking_beforehand_exits_with_the_answer(
    api: ScriptedApi, delta_ci: Command, allowed: bool, code: int
) -> None:
    finding = {
        "evaluation_result": "failed",
        "status": "enabled",
        "rule_name": "weekend",
        "error_message": "closed",
        "retry_after": "2026-01-13T00:00:00+00:00",
    }
    api.answer(
        "POST /deployment-events/preflight", {"would_allow": allowed, "rules_evaluated": [finding]}
    )

    ran = await delta_ci("rule", "check", "shop", "1.2.3", "production")

    assert ran.code == code
    assert ran.out.splitlines()[0] == (
        "failed  enabled  weekend  closed  until 2026-01-13T00:00:00+00:00"
    )


async def test_a_version_is_signed_off_by_its_name(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer("GET /versions/", {"items": [{"id": "v1"}]})
    stored = {"approval_type": "qa", "verdict": "rejected", "approver_role": "qa"}
    api.answer("POST /versions/v1/approvals", stored, status=201)

    ran = await delta_ci(
        "approve", "version", "shop", "1.2.3", "--type", "qa", "--reject",
        "--environment", "staging",
    )  # fmt: skip

    assert ran.out == "shop 1.2.3  qa  rejected\n"
    (sent,) = api.received("POST /versions/v1/approvals")
    assert json.loads(sent.body) == {
        "approval_type": "qa",
        "verdict": "rejected",
        "comments": "",
        "environment_name": "staging",
    }


async def test_a_version_that_nobody_knows_is_not_signed_off(
    api: ScriptedApi, delta_ci: Command
) -> None:
    api.answer("GET /versions/", {"items": []})

    ran = await delta_ci("approve", "version", "shop", "9", "--type", "qa")

    assert (ran.code, ran.out) == (4, "")
    assert "shop 9 is not known" in ran.err


async def test_a_refusal_of_the_contract_is_told(api: ScriptedApi, delta_ci: Command) -> None:
    api.answer(f"POST {RULES}", {"detail": "another rule has this name"}, status=409)

    ran = await delta_ci("rule", "add", "x", "--type", "concurrency")

    assert ran.code == 4
    assert "another rule has this name" in ran.err
