"""Whatever the order and however often: a record moves forward only, and ends once."""

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from deltaci.states import BUILD, BUILD_WORDS, TrackingStatus, open_states, parse_status
from deltaci.tracking.link import Known, Named, Outcome, has_ended, newest_match, outcome_of

STATUSES = st.sampled_from(sorted(TrackingStatus))
NAMES = st.sampled_from([None, "a", "b"])
EVENTS = st.lists(st.tuples(STATUSES, NAMES), max_size=30)


class Ledger:
    """Applies events as the desk does, without a database."""

    def __init__(self) -> None:
        self.records: list[Known] = []
        self.history: dict[str, list[TrackingStatus]] = {}
        self._ids = itertools.count()

    def tell(self, status: TrackingStatus, invoke_id: str | None) -> tuple[str, Outcome]:
        open_ones = [each for each in reversed(self.records) if not has_ended(each.status)]
        match = newest_match(open_ones, Named(invoke_id))
        if match is None:
            return self._open(status, invoke_id), Outcome.OPENED
        outcome = outcome_of(match.status, status)
        advanced = outcome is Outcome.ADVANCED
        index = self.records.index(match)
        named = Named(match.named.invoke_id or invoke_id)
        self.records[index] = Known(match.id, named, status if advanced else match.status)
        if advanced:
            self.history[match.id].append(status)
        return match.id, outcome

    def _open(self, status: TrackingStatus, invoke_id: str | None) -> str:
        record_id = str(next(self._ids))
        self.records.append(Known(record_id, Named(invoke_id), status))
        self.history[record_id] = [status]
        return record_id


@given(EVENTS)
def test_a_record_moves_along_legal_edges_only(events: list[Any]) -> None:
    ledger = Ledger()
    for status, invoke_id in events:
        ledger.tell(status, invoke_id)

    for states in ledger.history.values():
        assert all(after in BUILD[before] for before, after in itertools.pairwise(states))
        assert all(state in open_states(BUILD) for state in states[:-1])


@given(EVENTS)
def test_telling_again_what_is_open_changes_nothing(events: list[Any]) -> None:
    once, twice = Ledger(), Ledger()
    for status, invoke_id in events:
        once.tell(status, invoke_id)
        twice.tell(status, invoke_id)
        if not has_ended(status):
            assert twice.tell(status, invoke_id)[1] in {Outcome.REPEATED, Outcome.LATE}

    assert once.records == twice.records


@given(EVENTS)
def test_events_of_other_invocations_never_touch_a_record(events: list[Any]) -> None:
    ledger = Ledger()
    named: dict[str, set[str]] = {}
    for status, invoke_id in events:
        record_id, _ = ledger.tell(status, invoke_id)
        if invoke_id is not None:
            named.setdefault(record_id, set()).add(invoke_id)

    assert all(len(names) == 1 for names in named.values())


@given(st.sampled_from(sorted(BUILD_WORDS)), st.sampled_from(["", " ", "\t\n"]))
def test_a_status_is_read_whatever_its_case_and_the_space_around(word: str, space: str) -> None:
    assert parse_status(BUILD_WORDS, space + word.upper() + space) is BUILD_WORDS[word]
