"""`delta-ci runner`: run jobs on this machine."""

import base64
import json
import logging
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli import runner_options as flags
from deltaci.cli.connection import resolve
from deltaci.cli.exits import ExitCode
from deltaci.client.errors import ApiRefusedError
from deltaci.ready import announce_ready

if TYPE_CHECKING:
    from deltaci.runner.config import RunnerConfig

app = typer.Typer(help="Runners.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Runners."""


@app.command()
def start(
    *,
    name: flags.Name = "",
    labels: flags.Labels = "",
    once: Annotated[bool, typer.Option("--once", help="Ask once, run that job, and end.")] = False,
    work_dir: flags.WorkDir = flags.DEFAULT_WORK_DIR,
    cache_dir: flags.CacheDir = None,
    fetch_depth: flags.FetchDepth = 1,
    git_config_file: flags.GitConfigFile = None,
    executors: flags.Executors = "process,docker",
    pass_env: flags.PassEnv = "",
    sandbox_network: flags.SandboxNetwork = False,
    sandbox_paths: flags.SandboxPaths = "",
    kill_grace_seconds: flags.KillGrace = 5.0,
    hand_back_grace_seconds: flags.HandBackGrace = 0.0,
    log_max_bytes: flags.LogMax = 104_857_600,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Lease jobs and run them until told to stop: SIGTERM or Ctrl-C hands a running job back.

    What it does is logged: to standard error, or with --json to standard output, an object a line.
    """
    from deltaci.runner.config import RunnerConfig  # noqa: PLC0415 - only this command runs jobs

    _log_to_stream(as_json=as_json)
    server = resolve(url, token, data_dir)
    _serve(
        RunnerConfig(
            url=server.url,
            token=server.token,
            runner_id=name or subject_of(server.token) or platform.node(),
            labels=flags.listed(labels),
            once=once,
            work_dir=work_dir.absolute(),
            cache_dir=cache_dir.absolute() if cache_dir else None,
            fetch_depth=fetch_depth,
            git_config_file=git_config_file.absolute() if git_config_file else None,
            executors=flags.listed(executors),
            pass_env=flags.listed(pass_env),
            sandbox_network=sandbox_network,
            sandbox_paths=tuple(map(Path, flags.listed(sandbox_paths))),
            kill_grace_seconds=kill_grace_seconds,
            hand_back_grace_seconds=hand_back_grace_seconds,
            log_max_bytes=log_max_bytes,
        )
    )


def subject_of(token: str) -> str:
    """The subject that a token claims, unverified; empty when it is not readable."""
    try:
        claims = token.split(".")[1]
        padded = claims + "=" * (-len(claims) % 4)
        return str(json.loads(base64.urlsafe_b64decode(padded))["sub"])
    except (ValueError, LookupError, TypeError):
        return ""


def _serve(config: "RunnerConfig") -> None:
    import asyncio  # noqa: PLC0415 - only this command runs jobs

    from deltaci.client.runner import RefusedError  # noqa: PLC0415
    from deltaci.runner.agent import run_agent  # noqa: PLC0415
    from deltaci.runner.executors.select import (  # noqa: PLC0415
        NoExecutorError,
        UnknownExecutorError,
    )
    from deltaci.runner.places import WorkDirTakenError  # noqa: PLC0415

    announce_ready()
    try:
        asyncio.run(run_agent(config))
    except RefusedError as error:
        raise ApiRefusedError(error.status, error.code, str(error), {}) from error
    except (WorkDirTakenError, NoExecutorError, UnknownExecutorError, OSError) as error:
        output.complain(str(error))
        raise typer.Exit(ExitCode.FAILED) from error


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z")
        return json.dumps(
            {"time": moment, "level": record.levelname, "message": record.getMessage()}
        )


def _log_to_stream(*, as_json: bool) -> None:
    handler = logging.StreamHandler(sys.stdout if as_json else sys.stderr)
    plain = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    handler.setFormatter(_JsonLines() if as_json else plain)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # One line per long poll would drown what the runner does.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
