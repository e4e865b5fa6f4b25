"""Read paths as their contract spells them, whatever a client adds or leaves out.

Some clients put a base address with a slash before a path with another, and send `//builds/`.
Redirects would cost each of them a second request, and some lose the body on the way.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from api.contracts.contract import Contracts, path_of


class Spelling:
    """ASGI middleware, outside of everything that looks at the path."""

    def __init__(self, app: ASGIApp, contracts: Contracts) -> None:
        self._app = app
        self._contracts = contracts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under the path that is meant."""
        if scope["type"] == "http":
            sent = path_of(scope)
            meant = self.spelled(sent)
            if meant != sent:
                scope = {**scope, "path": scope.get("root_path", "") + meant}
        await self._app(scope, receive, send)

    def spelled(self, path: str) -> str:
        """Return a path without doubled slashes before it, and with or without one behind."""
        if path.startswith("//"):
            path = "/" + path.lstrip("/")
        return self._contracts.of(path).spelled(path)
