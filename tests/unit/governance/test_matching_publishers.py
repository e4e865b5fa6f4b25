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
words = st.sampled_from(["a", "b", "ab", "abc", "A"])
word_lists = st.lists(words, max_size=3)
publishers = st.builds(
    lambda name, asked: CiPublisher(name=name, **asked),
    st.sampled_from(["x", "y", "z", "xx"]),
    st.fixed_dictionaries({}, optional=dict.fromkeys(CONSTRAINTS, word_lists)),
)
claims_of_somebody = st.builds(Claims, words, words, st.frozensets(words, max_size=3), words, words)


def publisher(asked: Mapping[str, Any], name: str = "ci") -> CiPublisher:
    return CiPublisher(name=name, **asked)


def test_every_field_of_the_contract_constrains() -> None:
    beside = {"name", "provider", "description", "owner", "links"}
    assert set(CiPublisher.model_fields) - beside == set(CONSTRAINTS) == set(HOLDING)


@pytest.mark.parametrize("field", CONSTRAINTS)
def test_one_value_of_a_field_is_enough_and_none_is_not(field: str) -> None:
    assert unmet(publisher({field: HOLDING[field]}), CLAIMS) == []
    assert unmet(publisher({field: FAILING[field]}), CLAIMS) == [field]


@given(holding=fields, failing=fields)
def test_every_field_has_to_hold(holding: set[str], failing: set[str]) -> None:
    asked = {each: HOLDING[each] for each in holding} | {each: FAILING[each] for each in failing}
    candidate = publisher(asked)

    assert set(unmet(candidate, CLAIMS)) == failing
    assert admits(candidate, CLAIMS) == (is_anchored(candidate) and not failing)


@given(asked=fields)
def test_nobody_is_admitted_without_an_issuer_and_somebody_of_it(asked: set[str]) -> None:
    candidate = publisher({each: HOLDING[each] for each in asked})

    assert admits(candidate, CLAIMS) == ("issuers" in asked and bool(asked & ANCHORS))


@given(listed=st.lists(publishers), claims=claims_of_somebody)
def test_the_most_demanding_of_those_that_admit_wins_then_the_first_by_name(
    listed: list[CiPublisher], claims: Claims
) -> None:
    admitting = [each for each in listed if admits(each, claims)]

    found = match(listed, claims)

    if found is None:
        assert admitting == []
    else:
        assert found in admitting
        demand = len(constraints_of(found))
        assert demand == max(len(constraints_of(each)) for each in admitting)
        equals = [each.name for each in admitting if len(constraints_of(each)) == demand]
        assert found.name == min(equals)


@given(listed=st.lists(publishers), claims=claims_of_somebody)
def test_neither_the_order_nor_an_empty_field_makes_a_difference(
    listed: list[CiPublisher], claims: Claims
) -> None:
    without_empty = [publisher(constraints_of(each), each.name) for each in reversed(listed)]

    found, again = match(listed, claims), match(without_empty, claims)

    assert (found and found.name) == (again and again.name)


@given(listed=st.lists(publishers), field=st.sampled_from(["azp", "email", "sub", "iss"]))
def test_a_claim_that_is_absent_equals_nothing(listed: list[CiPublisher], field: str) -> None:
    names = {"azp": "authorized_party_azp", "email": "emails", "sub": "subjects", "iss": "issuers"}
    absent: dict[str, Any] = {field: ""}
    claims = replace(Claims(iss="a", sub="a", azp="a", email="a"), **absent)

    found = match(listed, claims)

    assert found is None or names[field] not in constraints_of(found)
