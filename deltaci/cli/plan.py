"""`delta-ci plan`: the planner on a local checkout, without a server."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.exits import ExitCode
from deltaci.cli.text import one_line

if TYPE_CHECKING:
    from deltaci.planner.model import Plan

app = typer.Typer(help="Plans.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Plans."""


@app.command()
def preview(
    *,
    base: Annotated[str, typer.Option(help="Revision where the change begins.")],
    head: Annotated[str, typer.Option(help="Revision where it ends.")] = "HEAD",
    path: Annotated[Path, typer.Option(help="Checkout or bare repository.")] = Path(),
    as_json: options.Json = False,
) -> None:
    """Show what a run of this change would do, and why. Needs no server and runs nothing."""
    import asyncio  # noqa: PLC0415 - only this command plans

    from deltaci.planner.model import PlanError  # noqa: PLC0415
    from deltaci.vcs.git_errors import GitError  # noqa: PLC0415
    from deltaci.vcs.preview import preview as plan_change  # noqa: PLC0415

    try:
        plan = asyncio.run(plan_change(path.resolve(), base, head))
    except (GitError, PlanError) as error:
        output.complain(str(error))
        raise typer.Exit(ExitCode.FAILED) from error
    if as_json:
        output.print_json(_document(plan))
    else:
        _print(plan)


def _document(plan: "Plan") -> dict[str, object]:
    document = asdict(plan)
    del document["known_jobs"]
    return document


def _print(plan: "Plan") -> None:
    typer.echo(one_line(plan.explain))
    for job in plan.jobs:
        needs = f"  after {', '.join(job.depends_on)}" if job.depends_on else ""
        optional = "" if job.required else "  optional"
        typer.echo(one_line(f"{job.name}{optional}{needs}"))
        typer.secho(f"    {one_line(job.reason)}", dim=True)
        for step in job.spec.steps:
            typer.echo(f"    $ {one_line(step)}")
    for skipped in plan.skipped_jobs:
        typer.secho(f"skipped {one_line(skipped.name)}: {one_line(skipped.reason)}", dim=True)
