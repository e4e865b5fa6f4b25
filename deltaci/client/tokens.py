"""Access tokens over HTTP."""

from collections.abc import Sequence
from typing import Any, cast

from deltaci.client.shapes import IssuedToken
from deltaci.client.transport import Request, Transport


class Tokens:
    """Issue short-lived access tokens; needs the role `admin`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def issue(
        self,
        subject: str,
        roles: Sequence[str],
        ttl_minutes: int,
        *,
        labels: Sequence[str] = (),
        repos: Sequence[str] = (),
    ) -> IssuedToken:
        """Sign a token for a subject. It is shown once and stored nowhere.

        Of a runner, only these `labels` count and only the jobs of these `repos`; by default all.
        """
        body: dict[str, Any] = {
            "subject": subject,
            "roles": list(roles),
            "ttl_minutes": ttl_minutes,
        }
        limits = {"labels": list(labels), "repos": list(repos)}
        body |= {name: values for name, values in limits.items() if values}
        request = Request("POST", "/api/v1/tokens", body=body)
        return cast("IssuedToken", self._transport.fetch(request))
