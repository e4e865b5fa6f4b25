"""Search attributes: what operators find runs and deployments by in Temporal's UI."""

from temporalio import workflow
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    SearchAttributeUpdate,
    TypedSearchAttributes,
)

with workflow.unsafe.imports_passed_through():
    from deltaci.states import DeploymentState, RunState
    from deltaci.wire.deployment_orders import DeploymentOrder
    from deltaci.wire.orchestration import RunOrder

RUN = SearchAttributeKey.for_keyword("CiRun")
REPO = SearchAttributeKey.for_keyword("CiRepo")
REF = SearchAttributeKey.for_keyword("CiRef")
SHA = SearchAttributeKey.for_keyword("CiSha")
KIND = SearchAttributeKey.for_keyword("CiKind")
OUTCOME = SearchAttributeKey.for_keyword("CiOutcome")
SERVICE = SearchAttributeKey.for_keyword("CiService")
ENVIRONMENT = SearchAttributeKey.for_keyword("CiEnvironment")
VERSION = SearchAttributeKey.for_keyword("CiVersion")
ALL = (RUN, REPO, REF, SHA, KIND, OUTCOME, SERVICE, ENVIRONMENT, VERSION)


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


def deployment_attributes(order: DeploymentOrder) -> TypedSearchAttributes:
    """What a deployment is found by from its start."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(SERVICE, order.service),
            SearchAttributePair(ENVIRONMENT, order.environment),
            SearchAttributePair(VERSION, order.version),
            SearchAttributePair(KIND, order.kind),
        ]
    )


def outcome_attribute(state: RunState | DeploymentState) -> SearchAttributeUpdate[str]:
    """What a run or a deployment is found by once it has ended."""
    return OUTCOME.value_set(state)
