"""`delta-ci build`: registered builds, which are what may be deployed."""

from collections.abc import Mapping
from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.provenance_view import provenance_lines, summary_lines
from deltaci.cli.text import one_line
from deltaci.client.builds import REGISTER, Registered, default_key
from deltaci.client.dxcp_shapes import Build

app = typer.Typer(help="Registered builds: what may be deployed.", no_args_is_help=True)

KEY = "--idempotency-key"


@app.command()
def register(
    *,
    service: Annotated[str, typer.Option(help="Name of the service.")],
    version: Annotated[str, typer.Option(help="MAJOR.MINOR.PATCH, optionally -PRERELEASE.")],
    artifact_ref: Annotated[str, typer.Option(help="Where it is, such as `s3://bucket/key.zip`.")],
    git_sha: Annotated[str, typer.Option(help="Commit that was built.")],
    git_branch: Annotated[str, typer.Option(help="Branch that was built.")],
    ci_provider: Annotated[str, typer.Option(help="Such as `github`, `gitlab` or `jenkins`.")],
    ci_run_id: Annotated[str, typer.Option(help="The CI's id of the run; stays in a rerun.")],
    built_at: Annotated[str, typer.Option(help="ISO 8601 with offset; stays in a rerun.")],
    commit_url: Annotated[str, typer.Option(help="Page of the commit.")] = "",
    run_url: Annotated[str, typer.Option(help="Page of the run.")] = "",
    checksum_sha256: Annotated[str, typer.Option(help="SHA-256 of the artifact.")] = "",
    repo: Annotated[str, typer.Option(help="Repository that was built.")] = "",
    actor: Annotated[str, typer.Option(help="Who started the run.")] = "",
    key: Annotated[str, typer.Option(KEY, help="On github: `github-RUN-SERVICE-VERSION`.")] = "",
    fallback: Annotated[
        bool, typer.Option(help="When refused as invalid, try once more without the URLs.")
    ] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the request only.")] = False,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Register a build whose artifact exists. Repeating it with the same values changes nothing."""
    values = {
        "service": service,
        "version": version,
        "artifactRef": artifact_ref,
        "git_sha": git_sha,
        "git_branch": git_branch,
        "ci_provider": ci_provider,
        "ci_run_id": ci_run_id,
        "built_at": built_at,
        "commit_url": commit_url,
        "run_url": run_url,
        "checksum_sha256": checksum_sha256,
        "repo": repo,
        "actor": actor,
    }
    build = {name: value for name, value in values.items() if value}
    key = key or default_key(ci_provider, ci_run_id, service, version)
    if not key:
        raise typer.BadParameter("only builds of github have a default", param_hint=KEY)
    if dry_run:
        output.print_json({"POST": REGISTER, "Idempotency-Key": key, "body": build})
        return
    registered = connect(url, token, data_dir).builds.register(build, key, fallback=fallback)
    if as_json:
        output.print_json(registered.build)
    else:
        typer.echo(one_line(_outcome(registered, build, key)))


@app.command("list")
def list_all(
    *,
    git_sha: Annotated[str, typer.Option(help="Only builds of this commit.")] = "",
    publisher: Annotated[str, typer.Option(help="Only builds that it registered.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    cursor: Annotated[str, typer.Option(help="Go on from an earlier page's `next_cursor`.")] = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List registered builds, newest first."""
    filters = {"git_sha": git_sha, "ci_publisher": publisher}
    page = connect(url, token, data_dir).builds.page(filters, limit=limit, cursor=cursor)
    if as_json:
        output.print_json(page)
        return
    for build in page["builds"]:
        typer.echo(_line(build))
    if page["next_cursor"]:
        output.note(f"more: --cursor {page['next_cursor']}")


@app.command()
def show(
    *,
    build: Annotated[str, typer.Argument(metavar="SERVICE", help="Service, or a build's id.")],
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Not with an id.")] = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Show what makes a version deployable: `show SERVICE VERSION`, or `show ID`."""
    builds = connect(url, token, data_dir).builds
    found = builds.find(build, version) if version else builds.get(build)
    if as_json:
        output.print_json(found)
        return
    for name, value in found.items():
        if value is not None:
            typer.echo(f"{one_line(name)}: {one_line(str(value))}")
    for line in summary_lines(builds.provenance(found["id"])):
        typer.echo(one_line(line))


@app.command()
def provenance(
    *,
    build: Annotated[str, typer.Argument(metavar="ID", help="A build's id.")],
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Show how a build was made, as far as it is known: run, plan, jobs, signature."""
    found = connect(url, token, data_dir).builds.provenance(build)
    if as_json:
        output.print_json(found)
        return
    for line in provenance_lines(found):
        typer.echo(one_line(line))


def _outcome(registered: Registered, build: Mapping[str, str], key: str) -> str:
    """The line that `scripts/ci/register_build.py` prints."""
    asked = " ".join(f"{name}={build[name]}" for name in ("service", "version", "artifactRef"))
    mode = "with_metadata" if registered.has_metadata else "without_metadata"
    return (
        f"registered {asked} idempotency_key={key} "
        f"ci_publisher={registered.build['ci_publisher']} "
        f"idempotency_replayed={registered.replayed} metadata_mode={mode}"
    )


def _line(build: Build) -> str:
    names = ("registeredAt", "service", "version", "git_sha", "ci_publisher", "artifactRef")
    values: Mapping[str, object] = {**build}
    return "  ".join(one_line(str(values[name])) for name in names)
