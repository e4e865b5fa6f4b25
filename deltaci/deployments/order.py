"""The order that a deployment's workflow starts with."""

from deltaci.settings import Settings
from deltaci.store.deployments import Ours
from deltaci.wire.deployment_orders import Checks, DeploymentOrder, DeploymentTimers
from deltaci.wire.recipes import RecipeSpec


def order_of_deployment(settings: Settings, ours: Ours) -> DeploymentOrder:
    """Describe the deployment to its workflow, with the timers of now and its recipe's."""
    spec = RecipeSpec.model_validate(ours.intent.recipe)
    deploy = settings.deploy
    return DeploymentOrder(
        deployment_id=ours.row.id,
        service=ours.row.product,
        version=ours.row.version,
        environment=ours.row.environment,
        kind=ours.intent.kind,
        timers=DeploymentTimers(
            wait_max_seconds=deploy.wait_max_seconds,
            recheck_seconds=deploy.recheck_seconds,
            poll_seconds=spec.engine.get("poll_interval_seconds", deploy.poll_seconds),
            start_give_up_seconds=deploy.start_give_up_seconds,
            call_timeout_seconds=deploy.call_timeout_seconds,
            cancel_deadline_seconds=deploy.cancel_deadline_seconds,
            timeout_seconds=spec.timeout_seconds,
        ),
        checks=_checks(spec),
    )


def _checks(spec: RecipeSpec) -> Checks:
    verification = spec.verification
    probe = verification.probe
    rest = {"command": verification.command is not None, "soak_seconds": verification.soak_seconds}
    if probe is None:
        return Checks.model_validate(rest)
    return Checks(
        probes=True,
        probe_interval_seconds=probe.interval_seconds,
        probe_timeout_seconds=probe.timeout_seconds,
        successes=probe.successes,
        **rest,
    )
