"""`delta-ci request`: planned deployments that are signed off and carried out step by step."""

from collections.abc import Callable
from typing import Annotated

import typer

from deltaci.cli import options, output
from deltaci.cli.connection import connect
from deltaci.cli.exits import ExitCode
from deltaci.cli.governance_words import ApprovalType
from deltaci.cli.text import one_line
from deltaci.client.rules import Document
from deltaci.states import RequestState

app = typer.Typer(
    help="Deployment requests: planned, signed off, carried out.", no_args_is_help=True
)

RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="Id of the request.")]
OfType = Annotated[ApprovalType, typer.Option("--type", help="Which sign-off.")]
Comment = Annotated[str, typer.Option("--comment", help="What to say with it.")]
Kinds = list[str] | None


@app.command()
def create(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")],
    items: Annotated[
        list[str] | None,
        typer.Option("--item", help="PRODUCT=VERSION to deploy; repeat for several."),
    ] = None,
    environments: Annotated[
        list[str] | None, typer.Option("--environment", help="Where; repeat for several.")
    ] = None,
    approvals: Annotated[
        Kinds, typer.Option("--approval", help="A sign-off that it needs; repeat for several.")
    ] = None,
    advisory: Annotated[
        Kinds, typer.Option("--advisory", help="A sign-off that it only hears of.")
    ] = None,
    pre_steps: Annotated[
        list[str] | None, typer.Option("--pre-step", help="To be done before deploying.")
    ] = None,
    post_steps: Annotated[
        list[str] | None, typer.Option("--post-step", help="To be done before it is complete.")
    ] = None,
    template: Annotated[str, typer.Option(help="Begin with this template: name or id.")] = "",
    description: Annotated[str, typer.Option(help="What it is about.")] = "",
    key: options.Key = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Begin a draft, which gates nothing until it is activated."""
    requests = connect(url, token, data_dir).requests
    body = {
        "name": name,
        "description": description,
        "environments": environments or [],
        "items": [_item(each) for each in items or ()],
        "slots": [
            *({"approval_type": kind} for kind in approvals or ()),
            *({"approval_type": kind, "required": False} for kind in advisory or ()),
        ],
        "steps": [
            *({"phase": "pre", "title": title} for title in pre_steps or ()),
            *({"phase": "post", "title": title} for title in post_steps or ()),
        ],
    }
    if template:
        body["template_id"] = requests.template_id(template)
    _show(requests.create(body, key), as_json=as_json)


@app.command("list")
def list_all(
    *,
    status: Annotated[RequestState | None, typer.Option(help="Only in this state.")] = None,
    product: Annotated[str, typer.Option(help="Only those that name this product.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    cursor: Annotated[str, typer.Option(help="Go on from an earlier page's `next_cursor`.")] = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """List requests, newest first."""
    filters = {"status": status.value if status else "", "product": product}
    page = connect(url, token, data_dir).requests.page(filters, limit=limit, cursor=cursor)
    if as_json:
        output.print_json(page)
        return
    for each in page["items"]:
        typer.echo(_line(each))
    if page["next_cursor"]:
        output.note(f"more: --cursor {page['next_cursor']}")


@app.command()
def status(
    *,
    request: RequestId,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Show a request: its sign-offs, its steps, and how far its versions are."""
    requests = connect(url, token, data_dir).requests
    found, progress = requests.read(request), requests.progress(request)
    if as_json:
        output.print_json({**found, "progress": progress})
        return
    typer.echo(_line(found))
    for slot in found["slots"]:
        wanted = "" if slot["required"] else " (advisory)"
        typer.echo("  " + one_line(f"{slot['approval_type']}{wanted}: {slot['status']}"))
    for step in found["steps"]:
        done = f"done by {step['done_by']}" if step["done_at"] else "not done"
        typer.echo("  " + one_line(f"{step['phase']} step {step['title']}: {done}"))
    for each in progress:
        what = f"{each['product_name']} {each['version']} to {each['environment_name']}"
        typer.echo("  " + one_line(f"{what}: {each['progress']}"))


@app.command()
def approve(
    *,
    request: RequestId,
    kind: OfType,
    comment: Comment = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Sign a request off, in a role that may do so for this type."""
    requests = connect(url, token, data_dir).requests
    slot = _slot(requests.read(request), kind)
    _show(requests.decide(request, slot, "approve", comment), as_json=as_json)


@app.command()
def reject(
    *,
    request: RequestId,
    kind: OfType,
    comment: Comment = "",
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Reject a request, for good."""
    requests = connect(url, token, data_dir).requests
    slot = _slot(requests.read(request), kind)
    _show(requests.decide(request, slot, "reject", comment), as_json=as_json)


@app.command()
def tick(
    *,
    request: RequestId,
    step: Annotated[str, typer.Argument(metavar="STEP", help="Title or id of the step.")],
    undo: Annotated[bool, typer.Option("--undo", help="It is not done after all.")] = False,
    url: options.Url = None,
    token: options.Token = None,
    data_dir: options.Local = options.DEFAULT_DATA_DIR,
    as_json: options.Json = False,
) -> None:
    """Say that a step of an active request is done."""
    requests = connect(url, token, data_dir).requests
    steps = requests.read(request)["steps"]
    found = next((each for each in steps if step in {each["title"], each["id"]}), None)
    if found is None:
        raise _missing(f"the request has no step {step!r}")
    _show(requests.tick(request, found["id"], done=not undo), as_json=as_json)


def _mover(verb: str, meaning: str) -> Callable[..., None]:
    def move(
        *,
        request: RequestId,
        url: options.Url = None,
        token: options.Token = None,
        data_dir: options.Local = options.DEFAULT_DATA_DIR,
        as_json: options.Json = False,
    ) -> None:
        _show(connect(url, token, data_dir).requests.move(request, verb), as_json=as_json)

    move.__doc__ = meaning
    return move


MOVES = {
    "activate": "Have a draft gate what it covers, and ask for its sign-offs.",
    "revert": "Make it a draft again; sign-offs and ticks begin anew.",
    "complete": "End it, once it is approved and all its steps are done.",
    "cancel": "End it without result; it gates nothing any more.",
}
for _verb, _meaning in MOVES.items():
    app.command(_verb)(_mover(_verb, _meaning))


def _item(text: str) -> dict[str, str]:
    product, separator, version = text.rpartition("=")
    if not (product and separator and version):
        raise typer.BadParameter("must be PRODUCT=VERSION", param_hint="--item")
    return {"product_name": product, "version": version}


def _slot(found: Document, kind: ApprovalType) -> str:
    """Return the slot of this type that nobody has signed off yet, or any of it."""
    slots = [each for each in found["slots"] if each["approval_type"] == kind]
    if not slots:
        raise _missing(f"the request asks for no {kind}")
    return str(min(slots, key=lambda each: str(each["status"]) != "pending")["id"])


def _missing(what: str) -> typer.Exit:
    output.complain(what)
    return typer.Exit(ExitCode.REFUSED)


def _show(request: Document, *, as_json: bool) -> None:
    if as_json:
        output.print_json(request)
    else:
        typer.echo(_line(request))


def _line(request: Document) -> str:
    fields = (request["id"], request["status"], request["name"], " ".join(request["environments"]))
    return "  ".join(one_line(field) for field in fields if field)
