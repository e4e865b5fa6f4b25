"""The `delta-ci` command: one file per noun, and one place that turns failures into exit codes."""

from typing import Any

import typer
from typer.core import TyperGroup

from deltaci.cli import (
    api_keys,
    approve,
    builds,
    catalog,
    db,
    doctor,
    notify,
    output,
    plan,
    publisher,
    reports,
    repositories,
    request,
    rule,
    runner,
    services,
    tokens,
    track,
    tracking,
    up,
    version,
    webhook,
)
from deltaci.cli import run as runs
from deltaci.cli.exits import MEANINGS, ExitCode
from deltaci.cli.light_options import spare_coercion
from deltaci.client.errors import ApiRefusedError, UnreachableError

EPILOG = "Exit codes: " + " · ".join(f"{code.value} {text}" for code, text in MEANINGS.items())


class FailingWell(TyperGroup):
    """Ends with a sentence and a documented exit code where a client call fails."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The options, without what makes Typer slow."""
        return spare_coercion(super().get_params(ctx))

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]  # Typer hides its vendored Click
        """Run the command; client failures become messages."""
        try:
            return super().invoke(ctx)
        except ApiRefusedError as error:
            output.complain(f"refused ({error.code}): {error.message}")
            for problem in error.problems:
                output.complain(problem)
            raise typer.Exit(ExitCode.REFUSED) from error
        except UnreachableError as error:
            output.complain(str(error))
            raise typer.Exit(ExitCode.UNREACHABLE) from error


app = typer.Typer(
    name="delta-ci",
    cls=FailingWell,
    help="One control plane from push to production.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("up")(up.up)
app.add_typer(repositories.app, name="repo")
app.add_typer(runs.app, name="run")
app.add_typer(webhook.app, name="webhook")
app.add_typer(reports.app, name="report")
app.add_typer(builds.app, name="build")
app.add_typer(services.app, name="service")
app.add_typer(publisher.app, name="publisher")
app.add_typer(notify.app, name="notify")
app.add_typer(rule.app, name="rule")
app.add_typer(request.app, name="request")
app.add_typer(approve.app, name="approve")
app.add_typer(plan.app, name="plan")
app.add_typer(runner.app, name="runner")
app.add_typer(tokens.app, name="token")
app.add_typer(api_keys.app, name="api-key")
app.command("matrix")(tracking.matrix)
app.command("history")(tracking.history)
app.command("dora")(tracking.dora)
app.add_typer(db.app, name="db")
app.add_typer(track.app, name="track")
app.command("apply")(catalog.apply)
app.add_typer(catalog.app, name="catalog")
app.add_typer(catalog.environments, name="environment")
app.add_typer(catalog.groups, name="group")
app.add_typer(catalog.recipes, name="recipe")
app.add_typer(catalog.routes, name="route")
app.command("doctor")(doctor.doctor)
app.command("version")(version.version)


def run() -> None:
    """Entry point of the console script."""
    app(prog_name="delta-ci")
