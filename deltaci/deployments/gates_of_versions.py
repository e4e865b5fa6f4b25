"""Gates about the version: it is registered, and ran well where it comes from."""

from datetime import timedelta

from deltaci.builds.semver import is_version
from deltaci.deployments import refusals
from deltaci.deployments.question import Facts, Question
from deltaci.deployments.refusals import RefusedError
from deltaci.identity.roles import Role
from deltaci.wire.deployments import DeploymentKind


def not_of_rollback(question: Question, facts: Facts) -> RefusedError | None:  # noqa: ARG001 - every gate takes both
    """A rollback is not rolled back."""
    return refusals.RollbackOfRollbackError() if question.of_rollback else None


def service(question: Question, facts: Facts) -> RefusedError | None:
    """Somebody made the service known as one."""
    return None if facts.is_service else refusals.ServiceUnknownError(service=question.service)


def something_to_go_back_to(question: Question, facts: Facts) -> RefusedError | None:  # noqa: ARG001 - as above
    """Another version ran well here before."""
    if question.kind is not DeploymentKind.ROLLBACK or question.version:
        return None
    return refusals.NothingToGoBackToError(
        service=question.service, environment=question.environment
    )


def version_form(question: Question, facts: Facts) -> RefusedError | None:  # noqa: ARG001 - as above
    """The version has the contract's form."""
    if not question.version or is_version(question.version):
        return None
    return refusals.VersionMalformedError(version=question.version)


def registration(question: Question, facts: Facts) -> RefusedError | None:
    """A build of the version is registered (seed «DXCP CI Build Registration»)."""
    if not question.version or facts.registered or not is_version(question.version):
        return None
    return refusals.VersionUnregisteredError(
        f"no build of {question.service}/{question.version} is registered; register it first",
        service=question.service,
        version=question.version,
    )


def origin(question: Question, facts: Facts) -> RefusedError | None:
    """A promoted version is the one that runs in its source environment, and runs well."""
    if question.kind is not DeploymentKind.PROMOTE or facts.origin.runs_since is not None:
        return None
    return refusals.PromotionIneligibleError(
        f"{question.version} does not run well in {question.source_environment}",
        version=question.version,
        source_environment=question.source_environment,
    )


def soak(question: Question, facts: Facts) -> RefusedError | None:
    """It has run there for long enough; the time counts from its latest success there."""
    since = facts.origin.runs_since
    if question.kind is not DeploymentKind.PROMOTE or since is None:
        return None
    until = since + timedelta(seconds=facts.origin.soak_seconds)
    if facts.origin.ran_until is not None and facts.origin.ran_until < until:
        return refusals.PromotionIneligibleError(
            f"{question.version} was replaced in {question.source_environment} before it had run "
            f"there for {facts.origin.soak_seconds} seconds; deploy it there again",
            version=question.version,
            source_environment=question.source_environment,
        )
    if facts.now >= until:
        return None
    return refusals.SoakingError(
        f"{question.version} has to run in {question.source_environment} until {until:%FT%TZ}",
        retry_after=until,
        override_roles=(Role.ADMIN,),
        soak_seconds=facts.origin.soak_seconds,
    )


def pin(question: Question, facts: Facts) -> RefusedError | None:
    """No promotion undoes a rollback, until somebody releases what it pinned."""
    if question.kind is not DeploymentKind.PROMOTE or facts.pinned_by is None:
        return None
    return refusals.PinnedError(
        override_roles=(Role.ADMIN, Role.DELIVERY_OWNER), pinned_by=facts.pinned_by
    )
