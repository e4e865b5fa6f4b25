"""Search attributes: what operators find runs by in Temporal's UI."""

from temporalio import workflow
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    SearchAttributeUpdate,
    TypedSearchAttributes,
)

with workflow.unsafe.imports_passed_through():
    from deltaci.states import RunState
    from deltaci.wire.orchestration import RunOrder

RUN = SearchAttributeKey.for_keyword("CiRun")
REPO = SearchAttributeKey.for_keyword("CiRepo")
REF = SearchAttributeKey.for_keyword("CiRef")
SHA = SearchAttributeKey.for_keyword("CiSha")
KIND = SearchAttributeKey.for_keyword("CiKind")
OUTCOME = SearchAttributeKey.for_keyword("CiOutcome")
ALL = (RUN, REPO, REF, SHA, KIND, OUTCOME)


def run_attributes(order: RunOrder) -> TypedSearchAttributes:
    """What a run is found by from its start."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(RUN, order.run_id),
            SearchAttributePair(REPO, order.repo_id),
            SearchAttributePair(REF, order.ref),
            SearchAttributePair(SHA, order.commit_sha),
            SearchAttributePair(KIND, order.kind),
        ]
    )


def outcome_attribute(state: RunState) -> SearchAttributeUpdate[str]:
    """What a run is found by once it has ended."""
    return OUTCOME.value_set(state)
