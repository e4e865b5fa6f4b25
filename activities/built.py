"""Every activity, built with what it needs: near ones, and those that call somebody else."""

from collections.abc import Callable, Sequence
from typing import Any

from activities.commands import CommandActivities
from activities.delivering import DeliveryActivities
from activities.deployments import DeploymentActivities
from activities.engines import EngineActivities
from activities.jobs import JobActivities
from activities.planning import PlanningActivities
from activities.reporting import ReportActivities
from activities.runs import RunActivities
from activities.verification import VerificationActivities
from deltaci.bootstrap import build_command_runner, build_engines, build_examiner, build_prober
from deltaci.core import Core
from deltaci.runs.ports import CommitSource
from deltaci.vcs.port import Forges


def build_activities(
    core: Core, commits: CommitSource, forges: Forges
) -> Sequence[Callable[..., Any]]:
    """Return every activity that calls no forge, built with what it needs."""
    planning = PlanningActivities(core, commits)
    jobs, runs = JobActivities(core), RunActivities(core)
    deployments = DeploymentActivities(core)
    return [
        planning.plan_run,
        planning.fail_planning,
        jobs.dispatch_job,
        jobs.settle_attempt,
        jobs.explain_attempt,
        runs.claim_slot,
        runs.stop_jobs,
        runs.request_cancel,
        runs.settle_run,
        ReportActivities(core, forges).give_up_report,
        VerificationActivities(build_examiner(core.settings)).verify_artifact,
        deployments.admit_deployment,
        deployments.begin_verification,
        deployments.cancel_from_outside,
        deployments.settle_deployment,
    ]


def near_of(delivery: DeliveryActivities) -> Sequence[Callable[..., Any]]:
    """Return the activities of notifications that call no receiver."""
    return [delivery.may_deliver, delivery.give_up_notification]


def build_forge_activities(
    core: Core, commits: CommitSource, forges: Forges
) -> Sequence[Callable[..., Any]]:
    """Return the activities that call forges, and may take as long as those like."""
    return [
        ReportActivities(core, forges).report_run,
        CommandActivities(core, forges, commits).obey_command,
    ]


def build_engine_activities(core: Core, commits: CommitSource) -> Sequence[Callable[..., Any]]:
    """Return the activities that call engines, and may take as long as those like."""
    calling = EngineActivities(
        core,
        build_engines(core, commits),
        build_prober(core),
        build_command_runner(core, commits),
    )
    return [
        calling.start_engine,
        calling.ask_engine,
        calling.stop_engine,
        calling.probe_deployment,
        calling.check_command,
        calling.stop_command,
    ]
