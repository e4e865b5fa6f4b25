"""The environment that a job's steps see: an allow-list, never the runner's own."""

import os
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from deltaci.runner.config import RunnerConfig
from deltaci.runner.workspace import Workspace
from deltaci.wire.runner import LeaseGranted

_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ")
_DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


def job_environment(
    lease: LeaseGranted,
    workspace: Workspace,
    pass_env: Iterable[str],
    inherited: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """Return the whole environment of a job's steps.

    The job's own `env` may add to and replace what is inherited, never what says who the job is.
    A fork's job gets none of `pass_env`: anybody may have written its steps.
    """
    trusted = () if lease.checkout.fork else pass_env
    names = {*_INHERITED, *trusted}
    return {
        "PATH": _DEFAULT_PATH,
        **{name: inherited[name] for name in sorted(names) if name in inherited},
        **lease.job_spec.env,
        **lease.secrets,
        **_identity(lease),
        "HOME": str(workspace.home),
        "TMPDIR": str(workspace.temporary),
    }


def job_secrets(lease: LeaseGranted, config: RunnerConfig) -> tuple[str, ...]:
    """Return what must never appear in the job's log."""
    passed = (os.environ[name] for name in config.pass_env if name in os.environ)
    given = (*passed, *lease.secrets.values())
    return (config.token, lease.lease_id, *_url_secrets(lease.checkout.url), *given)


def _url_secrets(url: str) -> tuple[str, ...]:
    try:
        password = urlsplit(url).password
    except ValueError:
        return ()
    return (password,) if password else ()


def _identity(lease: LeaseGranted) -> dict[str, str]:
    return {
        "CI": "true",
        "RUN_ID": lease.run_id,
        "JOB_ID": lease.job_id,
        "DELTA_CI_REPO_ID": lease.checkout.repo_id,
        "DELTA_CI_COMMIT_SHA": lease.checkout.commit_sha,
        "DELTA_CI_REF": lease.checkout.ref,
        "DELTA_CI_ATTEMPT": str(lease.attempt_number),
    }
