"""`delta-ci deploy`, `delta-ci promote` and `delta-ci rollback`."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

import typer

from deltaci.cli import options as shared
from deltaci.cli import output
from deltaci.cli.connection import connect
from deltaci.cli.deployment import options
from deltaci.cli.deployment.follow import finish
from deltaci.cli.deployment.view import violations_of
from deltaci.client.errors import ApiRefusedError

Answer = TypeVar("Answer")


def deploy(
    *,
    service: options.ServiceName,
    version: options.Version,
    to: options.To,
    summary: options.Summary = "",
    recipe: options.Recipe = "",
    now: options.NotNow = False,
    override_reason: options.Override = "",
    dry_run: options.DryRun = False,
    wait: options.Wait = False,
    key: shared.Key = "",
    url: shared.Url = None,
    token: shared.Token = None,
    data_dir: shared.Local = shared.DEFAULT_DATA_DIR,
    as_json: shared.Json = False,
) -> None:
    """Bring a registered version of a service into an environment."""
    client = connect(url, token, data_dir)
    intent = _intent(
        {"service": service, "environment": to, "version": version, "changeSummary": summary},
        recipeId=recipe,
        overrideReason=override_reason,
        now=now,
    )
    if dry_run:
        _validate(client.deployments.validate, intent, as_json=as_json)
        return
    asked = _asked(lambda: client.deployments.deploy(intent, options.key_or_new(key)))
    finish(client, asked, wait=wait, as_json=as_json)


def promote(
    *,
    service: options.ServiceName,
    version: options.Version,
    source: Annotated[str, typer.Option("--from", help="Environment where it runs well.")],
    to: options.To,
    summary: options.Summary = "",
    now: options.NotNow = False,
    override_reason: options.Override = "",
    dry_run: options.DryRun = False,
    wait: options.Wait = False,
    key: shared.Key = "",
    url: shared.Url = None,
    token: shared.Token = None,
    data_dir: shared.Local = shared.DEFAULT_DATA_DIR,
    as_json: shared.Json = False,
) -> None:
    """Bring a version that runs well to the next environment."""
    client = connect(url, token, data_dir)
    places = {"source_environment": source, "target_environment": to}
    intent = _intent(
        {"service": service, "version": version, "changeSummary": summary, **places},
        overrideReason=override_reason,
        now=now,
    )
    if dry_run:
        _validate(client.deployments.validate_promotion, intent, as_json=as_json)
        return
    asked = _asked(lambda: client.deployments.promote(intent, options.key_or_new(key)))
    finish(client, asked, wait=wait, as_json=as_json)


def rollback(
    *,
    deployment_id: options.DeploymentId,
    summary: options.Summary = "",
    wait: options.Wait = False,
    key: shared.Key = "",
    url: shared.Url = None,
    token: shared.Token = None,
    data_dir: shared.Local = shared.DEFAULT_DATA_DIR,
    as_json: shared.Json = False,
) -> None:
    """Have its environment run the version that went well before a deployment."""
    client = connect(url, token, data_dir)
    made = options.key_or_new(key)
    asked = _asked(lambda: client.deployments.roll_back(deployment_id, summary, made))
    finish(client, asked, wait=wait, as_json=as_json)


def _intent(asked: Mapping[str, str], *, now: bool, **optional: str) -> dict[str, Any]:
    given = {name: value for name, value in optional.items() if value}
    return {**asked, **given, **({"wait": False} if now else {})}


def _validate(
    validate: Callable[[Mapping[str, Any]], dict[str, Any]],
    intent: Mapping[str, Any],
    *,
    as_json: bool,
) -> None:
    valid = _asked(lambda: validate(intent))
    if as_json:
        output.print_json(valid)
    else:
        typer.echo("nothing stands against it")


def _asked(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except ApiRefusedError as refusal:
        for violation in violations_of(refusal)[1:]:
            output.complain(violation)
        raise
