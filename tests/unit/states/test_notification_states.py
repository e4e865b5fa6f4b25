"""A notification ends once, and for good."""

import itertools

import pytest

from deltaci.notification_states import NOTIFICATION, NotificationState
from deltaci.states import IllegalTransitionError, advance, open_states

PENDING = NotificationState.PENDING


def test_only_what_is_pending_can_end() -> None:
    assert open_states(NOTIFICATION) == {PENDING}
    for ended in set(NotificationState) - {PENDING}:
        assert advance(NOTIFICATION, PENDING, ended) is ended
    for source, target in itertools.permutations(NotificationState, 2):
        if source is not PENDING:
            with pytest.raises(IllegalTransitionError):
                advance(NOTIFICATION, source, target)
