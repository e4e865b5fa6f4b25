"""Run a fake forge as a program: `python -m deltaci.testing.fake_forge --provider gitea`."""

import asyncio
import contextlib
from typing import Annotated

import typer

from deltaci.testing.fake_forge.forge import FakeForge
from deltaci.vcs.port import Provider


def serve(
    provider: Annotated[Provider, typer.Option(help="Which forge to be.")],
    repository: Annotated[list[str], typer.Option(help="`owner/name`; may be repeated.")],
    writer: Annotated[
        list[str] | None, typer.Option(help="Login that may push to them; may be repeated.")
    ] = None,
    token: Annotated[str, typer.Option(help="The token that it accepts.")] = "fake-token",  # noqa: S107  made up: it opens a fake
    webhook_url: Annotated[str, typer.Option(help="Where it sends deliveries.")] = "",
    webhook_secret: Annotated[str, typer.Option(help="What it signs them with.")] = "",
    port: Annotated[int, typer.Option(help="Where it listens; 0 takes a free one.")] = 0,
) -> None:
    """Be a forge on this machine until Ctrl-C.

    `GET /_fake/state` shows what it was told; `POST /_fake/deliver` makes something happen, such as
    `{"full_name": "acme/shop", "push": {"ref": "refs/heads/main", "commit_sha": "…",
    "before_sha": null, "sender": "ann"}}`. `POST /_fake/webhook` with `url` and `secret` sets up
    the webhook later, when there is something to call.
    """
    forge = FakeForge(
        provider,
        token=token,
        webhook_url=webhook_url,
        webhook_secret=webhook_secret,
        port=port,
    )
    for full_name in repository:
        forge.repository(full_name).members.update(dict.fromkeys(writer or (), True))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_until_interrupted(forge))


async def _until_interrupted(forge: FakeForge) -> None:
    async with forge:
        typer.echo(forge.url)
        await asyncio.Event().wait()


if __name__ == "__main__":
    typer.run(serve)
