"""Spec §2.2: one value of a field, every field, the most demanding publisher, then by name."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaci.governance.matching import (
    ANCHORS,
    CONSTRAINTS,
    Claims,
    admits,
    constraints_of,
    is_anchored,
    match,
    unmet,
)
from deltaci.wire.governance import CiPublisher

CLAIMS = Claims(
    iss="https://issuer.test/",
    sub="repo:acme/shop:ref:refs/heads/main",
    aud=frozenset({"delta", "openid"}),
    azp="client-1",
    email="ci@acme.test",
)
HOLDING: dict[str, list[str]] = {
    "issuers": ["https://other.test/", "https://issuer.test/"],
    "audiences": ["delta", "elsewhere"],
    "authorized_party_azp": ["client-1"],
    "subjects": [CLAIMS.sub],
    "subject_prefixes": ["repo:other/", "repo:acme/"],
    "emails": ["ci@acme.test"],
}
FAILING: dict[str, list[str]] = {
    "issuers": ["https://issuer.test"],
    "audiences": ["Delta"],
    "authorized_party_azp": ["client-10"],
    "subjects": ["repo:acme/shop"],
    "subject_prefixes": ["acme/", "REPO:"],
    "emails": ["CI@acme.test"],
}
"""Near misses: equality is exact, and only `subject_prefixes` are prefixes."""

fields = st.sets(st.sampled_from(sorted(CONSTRAINTS)))
names = st.sampled_from(["x", "y", "z", "xx"])


def publisher(asked: Mapping[str, Any], name: str = "ci") -> CiPublisher:
    return CiPublisher(name=name, **asked)


def _candidate(name: str, holding: set[str], failing: set[str]) -> CiPublisher:
    asked = {each: HOLDING[each] for each in holding} | {each: FAILING[each] for each in failing}
    return publisher(asked, name)


admitting = st.builds(
    _candidate, names, fields.map(lambda more: {"issuers", "subjects", *more}), st.just(set())
)
publishers = st.lists(admitting | st.builds(_candidate, names, fields, fields))
"""Lists in which several often admit the same claims."""


def test_every_field_of_the_contract_constrains() -> None:
    beside = {"name", "provider", "description", "owner", "links"}
    assert set(CiPublisher.model_fields) - beside == set(CONSTRAINTS) == set(HOLDING)


@pytest.mark.parametrize("field", CONSTRAINTS)
def test_one_value_of_a_field_is_enough_and_none_is_not(field: str) -> None:
    assert unmet(publisher({field: HOLDING[field]}), CLAIMS) == []
    assert unmet(publisher({field: FAILING[field]}), CLAIMS) == [field]


@given(holding=fields, failing=fields)
def test_every_field_has_to_hold(holding: set[str], failing: set[str]) -> None:
    candidate = _candidate("ci", holding, failing)

    assert set(unmet(candidate, CLAIMS)) == failing
    assert admits(candidate, CLAIMS) == (is_anchored(candidate) and not failing)


@given(asked=fields)
def test_nobody_is_admitted_without_an_issuer_and_somebody_of_it(asked: set[str]) -> None:
    candidate = _candidate("ci", asked, set())

    assert admits(candidate, CLAIMS) == ("issuers" in asked and bool(asked & ANCHORS))


@given(listed=publishers)
def test_the_most_demanding_of_those_that_admit_wins_then_the_first_by_name(
    listed: list[CiPublisher],
) -> None:
    ranked = sorted(
        (-len(constraints_of(each)), each.name) for each in listed if admits(each, CLAIMS)
    )

    found = match(listed, CLAIMS)

    assert (found and found.name) == (ranked[0][1] if ranked else None)


@given(listed=publishers)
def test_neither_the_order_nor_an_empty_field_makes_a_difference(
    listed: list[CiPublisher],
) -> None:
    nothing: dict[str, list[str]] = {field: [] for field in CONSTRAINTS}
    padded = [publisher(nothing | constraints_of(each), each.name) for each in reversed(listed)]

    found, again = match(listed, CLAIMS), match(padded, CLAIMS)

    assert (found and found.name) == (again and again.name)


@pytest.mark.parametrize(
    ("claim", "field"),
    [
        ("iss", "issuers"),
        ("sub", "subjects"),
        ("sub", "subject_prefixes"),
        ("azp", "authorized_party_azp"),
        ("email", "emails"),
    ],
)
def test_a_claim_that_is_absent_equals_nothing(claim: str, field: str) -> None:
    absent: dict[str, Any] = {claim: ""}

    assert unmet(publisher({field: HOLDING[field]}), replace(CLAIMS, **absent)) == [field]
