"""Whether a version may enter an environment: one list of gates for validating and deploying.

Deploying raises the first refusal, validating tells all. Where a gate lacks what an earlier one has
refused for, it says nothing: nobody is told twice of one fault.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from deltaci.deployments import gates_of_places as places
from deltaci.deployments import gates_of_time as time
from deltaci.deployments import gates_of_versions as versions
from deltaci.deployments.question import Facts, Question
from deltaci.deployments.refusals import RefusedError

Gate = Callable[[Question, Facts], RefusedError | list[RefusedError] | None]

GATES: Sequence[Gate] = (
    places.role,
    places.switch,
    versions.not_of_rollback,
    places.promotion_target,
    places.group,
    places.scope,
    places.source_environment,
    places.environment,
    places.promotion_path,
    places.route,
    places.recipe,
    places.recipe_of_group,
    places.recipe_as_asserted,
    versions.service,
    versions.something_to_go_back_to,
    versions.version_form,
    versions.registration,
    places.compatibility,
    versions.origin,
    versions.soak,
    versions.pin,
    time.freeze,
    time.rules,
    time.approval,
    time.quota,
    time.turn,
)
"""The order in which refusals are told (spec §3.3, made one for both ways of asking)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every refusal in the order of the gates, and those that were overridden."""

    refusals: Sequence[RefusedError] = ()
    overridden: Sequence[RefusedError] = ()

    @property
    def final(self) -> Sequence[RefusedError]:
        """Those that no waiting clears."""
        return [refusal for refusal in self.refusals if not refusal.waits]

    @property
    def passing(self) -> Sequence[RefusedError]:
        """Those that a deployment can wait for."""
        return [refusal for refusal in self.refusals if refusal.waits]

    def raise_first(self, refusals: Sequence[RefusedError]) -> None:
        """Raise the first of these, with all that there are; return when there are none."""
        if refusals:
            refusals[0].violations = self.refusals
            raise refusals[0]


def judge(question: Question, facts: Facts, gates: Iterable[Gate] = GATES) -> Verdict:
    """Ask every gate."""
    told: list[RefusedError] = []
    for gate in gates:
        answer = gate(question, facts)
        told += answer if isinstance(answer, list) else [answer] if answer else []
    return Verdict(
        [refusal for refusal in told if not _is_overridden(refusal, question)],
        [refusal for refusal in told if _is_overridden(refusal, question)],
    )


def _is_overridden(refusal: RefusedError, question: Question) -> bool:
    return bool(refusal.override_roles) and refusal.code in question.overrides
