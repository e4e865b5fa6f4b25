"""The tables of `deltaci.states`, edge by edge, against spec §2: what is not listed is illegal."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaci.states import (
    ATTEMPT,
    JOB,
    LEASE,
    REQUEST,
    RUN,
    IllegalTransitionError,
    JobState,
    LeaseState,
    RequestState,
    RunState,
    UnknownStateError,
    advance,
    is_terminal,
    open_states,
    parse_run_state,
    sources_of,
)

# Spec §2.1, with what §2.6 and §2.7 row 3 decide: cancel from every unfinished state, an empty plan
# succeeds from QUEUED, and REPORTED is no state.
SPEC_RUN = {
    "CREATED": "PLANNING CANCEL_REQUESTED",
    "PLANNING": "QUEUED PLAN_FAILED CANCEL_REQUESTED",
    "PLAN_FAILED": "FAILED",
    "QUEUED": "RUNNING SUCCEEDED FAILED TIMEOUT CANCEL_REQUESTED",
    "RUNNING": "SUCCEEDED FAILED TIMEOUT CANCEL_REQUESTED",
    "CANCEL_REQUESTED": "CANCELED",
    "SUCCEEDED": "",
    "FAILED": "",
    "CANCELED": "",
    "TIMEOUT": "",
}

# Spec §2.2 with the edges marked [R]. An attempt's end is final; retries are new attempts. A job
# that nobody holds is cancelled at once, so QUEUED reaches CANCELED without being asked.
SPEC_ATTEMPT = {
    "CREATED": "QUEUED CANCELED",
    "QUEUED": "LEASED CANCEL_REQUESTED CANCELED",
    "LEASED": "STARTING QUEUED STALE CANCEL_REQUESTED TIMED_OUT",
    "STARTING": "RUNNING UPLOADING QUEUED STALE CANCEL_REQUESTED TIMED_OUT",
    "RUNNING": "UPLOADING QUEUED STALE CANCEL_REQUESTED TIMED_OUT",
    "UPLOADING": "SUCCEEDED FAILED QUEUED STALE CANCEL_REQUESTED TIMED_OUT",
    "CANCEL_REQUESTED": "CANCELED",
    "STALE": "",
    "SUCCEEDED": "",
    "FAILED": "",
    "CANCELED": "",
    "TIMED_OUT": "",
}

# The job stays where its failed attempt left it until that is settled, so any held state may FAIL.
SPEC_JOB = {
    "CREATED": "QUEUED CANCELED SUCCEEDED",
    "QUEUED": "LEASED CANCEL_REQUESTED CANCELED",
    "LEASED": "STARTING QUEUED FAILED CANCEL_REQUESTED TIMED_OUT",
    "STARTING": "RUNNING UPLOADING QUEUED FAILED CANCEL_REQUESTED TIMED_OUT",
    "RUNNING": "UPLOADING QUEUED FAILED CANCEL_REQUESTED TIMED_OUT",
    "UPLOADING": "SUCCEEDED FAILED QUEUED CANCEL_REQUESTED TIMED_OUT",
    "CANCEL_REQUESTED": "CANCELED",
    "STALE": "",
    "SUCCEEDED": "",
    "FAILED": "",
    "CANCELED": "",
    "TIMED_OUT": "",
}

# Spec §2.3.
SPEC_LEASE = {
    "GRANTED": "ACTIVE EXPIRED REVOKED",
    "ACTIVE": "COMPLETED CANCELED EXPIRED REVOKED",
    "EXPIRED": "",
    "REVOKED": "",
    "COMPLETED": "",
    "CANCELED": "",
}

# Versioner spec §3.3; what has ended is never taken up again, and a rejection cannot be undone.
SPEC_REQUEST = {
    "draft": "in_progress cancelled",
    "in_progress": "approved rejected draft cancelled",
    "approved": "completed draft cancelled",
    "rejected": "cancelled",
    "completed": "",
    "cancelled": "",
}

LIFECYCLES: Mapping[str, tuple[Any, Any, Mapping[str, str]]] = {
    "run": (RunState, RUN, SPEC_RUN),
    "attempt": (JobState, ATTEMPT, SPEC_ATTEMPT),
    "job": (JobState, JOB, SPEC_JOB),
    "lease": (LeaseState, LEASE, SPEC_LEASE),
    "request": (RequestState, REQUEST, SPEC_REQUEST),
}
SOURCES = [
    pytest.param(kind, source, id=f"{kind} {source}")
    for kind, (states, _edges, _spec) in LIFECYCLES.items()
    for source in states
]


@pytest.mark.parametrize(("kind", "source"), SOURCES)
def test_exactly_the_edges_of_the_spec_are_legal(kind: str, source: Any) -> None:
    states, edges, spec = LIFECYCLES[kind]
    legal = {source, *spec[source].split()}

    for target in legal:
        assert advance(edges, source, states(target)) is states(target)
    for target in set(states) - legal:
        with pytest.raises(IllegalTransitionError, match=f"{source} cannot become {target}"):
            advance(edges, source, target)


@pytest.mark.parametrize("kind", LIFECYCLES)
def test_the_spec_names_every_state(kind: str) -> None:
    states, edges, spec = LIFECYCLES[kind]

    assert set(spec) == set(states) == set(edges)


@pytest.mark.parametrize("kind", LIFECYCLES)
def test_open_and_terminal_states_share_nothing_and_leave_nothing_out(kind: str) -> None:
    states, edges, _spec = LIFECYCLES[kind]
    terminal = {state for state in states if is_terminal(edges, state)}

    assert terminal.isdisjoint(open_states(edges))
    assert terminal | open_states(edges) == set(states)


@pytest.mark.parametrize("kind", LIFECYCLES)
def test_every_open_state_leads_to_an_end(kind: str) -> None:
    states, edges, _spec = LIFECYCLES[kind]
    ends = {state for state in states if is_terminal(edges, state)}
    for _step in states:
        ends |= {state for state in states if edges[state] & ends}

    assert ends == set(states)


@pytest.mark.parametrize("kind", LIFECYCLES)
def test_sources_are_the_edges_read_backwards(kind: str) -> None:
    states, edges, _spec = LIFECYCLES[kind]

    for target in states:
        assert sources_of(edges, target) == {s for s in states if target in edges[s]}


@pytest.mark.parametrize("open_state", sorted(open_states(RUN) - {RunState.PLAN_FAILED}))
def test_a_cancel_is_possible_from_every_unfinished_state(open_state: RunState) -> None:
    assert advance(RUN, open_state, RunState.CANCEL_REQUESTED) is RunState.CANCEL_REQUESTED


@given(st.sampled_from(sorted(LIFECYCLES)), st.data())
def test_a_walk_never_leaves_a_terminal_state(kind: str, data: st.DataObject) -> None:
    states, edges, _spec = LIFECYCLES[kind]
    current = data.draw(st.sampled_from(list(states)), label="start")
    for target in data.draw(st.lists(st.sampled_from(list(states)), max_size=30), label="asked"):
        before = current
        try:
            current = advance(edges, current, target)
        except IllegalTransitionError:
            assert target not in edges[before]
        if is_terminal(edges, before):
            assert current is before


@given(st.sampled_from(sorted(LIFECYCLES)), st.data())
def test_asking_for_the_current_state_is_a_no_op(kind: str, data: st.DataObject) -> None:
    states, edges, _spec = LIFECYCLES[kind]
    state = data.draw(st.sampled_from(list(states)))

    assert advance(edges, state, state) is state


@pytest.mark.parametrize("state", RunState)
def test_a_run_state_is_read_by_its_name(state: RunState) -> None:
    assert parse_run_state(state.value) is state


def test_upstreams_spelling_of_success_is_accepted() -> None:
    assert parse_run_state("SUCCESS") is RunState.SUCCEEDED


@pytest.mark.parametrize("text", ["", "REPORTED", "succeeded", "SUCCEEDED ", "TIMED_OUT"])
def test_any_other_text_is_an_unknown_state(text: str) -> None:
    with pytest.raises(UnknownStateError, match="unknown run state"):
        parse_run_state(text)
