"""`delta-ci rule`: rules that gate deployments, and what they found."""

from pathlib import Path
from typing import Annotated, Any

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.exits import ExitCode
from deltaci.cli.governance_words import RuleStatus, RuleType
from deltaci.cli.text import one_line
from deltaci.client.rules import Document, Rules
from deltaci.planner.model import PlanError

app = typer.Typer(help="Rules that gate deployments.", no_args_is_help=True)

RuleName = Annotated[str, typer.Argument(metavar="RULE", help="Name or id of the rule.")]
Config = Annotated[
    Path | None,
    typer.Option("--config", help="YAML or JSON file with what the rule's type asks for."),
]
Products = Annotated[
    list[str] | None, typer.Option("--product", help="Only this product; repeat for several.")
]
Environments = Annotated[
    list[str] | None,
    typer.Option("--environment", help="Only this environment; repeat for several."),
]
Description = Annotated[str | None, typer.Option(help="What it is for.")]


@app.command("list")
def list_all(
    *,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List all rules by name."""
    found = connect(url, token, data_dir).rules.all()
    if as_json:
        output.print_json({"items": found})
        return
    for rule in found:
        typer.echo(_line(rule))


@app.command()
def add(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")],
    kind: Annotated[RuleType, typer.Option("--type", help="What it is about.")],
    config: Config = None,
    products: Products = None,
    environments: Environments = None,
    description: Description = None,
    report_only: Annotated[
        bool, typer.Option("--report-only", help="Only say what does not hold.")
    ] = False,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Make a rule; it counts for the next attempt to deploy."""
    rule = {
        "name": name,
        "type": kind,
        "status": "report_only" if report_only else "enabled",
        "description": description or "",
        "products": products or [],
        "environments": environments or [],
        "config": _read(config) if config else {},
    }
    _show(connect(url, token, data_dir).rules.add(rule), as_json=as_json)


@app.command("set")
def change(
    *,
    rule: RuleName,
    status: Annotated[RuleStatus | None, typer.Option(help="How much it counts.")] = None,
    reason: Annotated[str, typer.Option(help="For the audit events.")] = "",
    config: Config = None,
    products: Products = None,
    environments: Environments = None,
    description: Description = None,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Change what is given; `--status report_only` lets everything pass for a while."""
    changes = {
        "status": status,
        "config": _read(config) if config else None,
        "products": products,
        "environments": environments,
        "description": description,
        "reason": reason or None,
    }
    rules = connect(url, token, data_dir).rules
    given = {name: value for name, value in changes.items() if value is not None}
    _show(rules.change(_find(rules, rule)["id"], given), as_json=as_json)


@app.command()
def remove(
    *,
    rule: RuleName,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Remove a rule; what it found stays on record."""
    rules = connect(url, token, data_dir).rules
    found = _find(rules, rule)
    rules.remove(found["id"])
    _show(found, as_json=as_json)


@app.command()
def violations(
    *,
    rule: Annotated[str, typer.Option(help="Only of this rule: its name or id.")] = "",
    product: Annotated[str, typer.Option(help="Only of this product.")] = "",
    environment: Annotated[str, typer.Option(help="Only in this environment.")] = "",
    blocked: Annotated[
        bool | None, typer.Option("--blocked/--noted", help="Only what was refused, or was not.")
    ] = None,
    since: Annotated[str, typer.Option(help="Only from this moment on, as ISO 8601.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    cursor: Annotated[str, typer.Option(help="Go on from an earlier page's `next_cursor`.")] = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List what did not hold for attempts to deploy, newest first."""
    rules = connect(url, token, data_dir).rules
    filters: dict[str, Any] = {"product": product, "environment": environment, "since": since}
    if rule:
        filters["rule_id"] = _find(rules, rule)["id"]
    if blocked is not None:
        filters["blocked"] = str(blocked).lower()
    page = rules.violations(filters, limit=limit, cursor=cursor)
    if as_json:
        output.print_json(page)
        return
    for each in page["items"]:
        typer.echo(_violation(each))
    if page["next_cursor"]:
        output.note(f"more: --cursor {page['next_cursor']}")


@app.command()
def check(
    *,
    product: Annotated[str, typer.Argument(metavar="PRODUCT", help="What would be deployed.")],
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Which version of it.")],
    environment: Annotated[str, typer.Argument(metavar="ENVIRONMENT", help="Where.")],
    at: Annotated[str, typer.Option(help="At this moment, as ISO 8601. Default: now.")] = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Ask all rules about a deployment, and record nothing. Exit code 1 when one would block."""
    asked = {"product_name": product, "version": version, "environment_name": environment}
    told = connect(url, token, data_dir).rules.preflight(asked | ({"at": at} if at else {}))
    if as_json:
        output.print_json(told)
    else:
        for each in told["rules_evaluated"]:
            typer.echo(_finding(each))
        typer.echo("would be allowed" if told["would_allow"] else "would be refused")
    if not told["would_allow"]:
        raise typer.Exit(ExitCode.FAILED)


def _find(rules: Rules, name: str) -> Document:
    found = rules.find(name)
    if found is None:
        output.complain(f"no rule {name!r}")
        raise typer.Exit(ExitCode.REFUSED)
    return found


def _read(path: Path) -> Any:
    from deltaci.planner.config.document import load_document  # noqa: PLC0415 - YAML is slow to load

    try:
        return load_document(path.name, path.read_bytes())
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}", param_hint="--config") from error
    except PlanError as error:
        raise typer.BadParameter(str(error), param_hint="--config") from error


def _show(rule: Document, *, as_json: bool) -> None:
    if as_json:
        output.print_json(rule)
    else:
        typer.echo(_line(rule))


def _line(rule: Document) -> str:
    scope = [*rule["products"], *rule["environments"]]
    fields = (rule["name"], rule["type"], rule["status"], " ".join(scope))
    return "  ".join(one_line(field) for field in fields if field)


def _violation(each: Document) -> str:
    fields = (
        each["at"],
        "refused" if each["blocked"] else "noted",
        f"{each['product_name']} {each['version']} to {each['environment_name']}",
        f"{each['rule_name']}: {each['message']}",
    )
    return "  ".join(one_line(field) for field in fields)


def _finding(each: Document) -> str:
    fields = (each["evaluation_result"], each["status"], each["rule_name"], each["error_message"])
    retry = each.get("retry_after")
    return "  ".join(one_line(field) for field in (*fields, retry and f"until {retry}") if field)
