"""CI publishers over HTTP (the DXCP contract's `/v1`); needs the role `admin`."""

import http.client
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from deltaci.client.dxcp_shapes import CiPublisher, CiPublisherList, PublisherTrial
from deltaci.client.errors import ApiRefusedError
from deltaci.client.transport import Request, Transport

PUBLISHERS = "/v1/admin/system/ci-publishers"
CHANGES_MAX = 5
"""Others may change the list just then so many times before a change of ours is given up."""

Edit = Callable[[Sequence[CiPublisher]], Sequence[CiPublisher]]


class Publishers:
    """Read and change who may register builds."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def all(self) -> CiPublisherList:
        """Every publisher that counts now."""
        return cast("CiPublisherList", self._transport.fetch(Request("GET", PUBLISHERS)))

    def change(self, edit: Edit) -> CiPublisherList:
        """Replace the list by what `edit` makes of it, and of nothing that is older.

        `edit` is called again when somebody else was faster; an unchanged list is not sent.
        """
        for _ in range(CHANGES_MAX - 1):
            try:
                return self._change(edit)
            except ApiRefusedError as refusal:
                if refusal.status != http.client.CONFLICT:
                    raise
        return self._change(edit)

    def test(self, claims: Mapping[str, Any]) -> PublisherTrial:
        """Ask which publisher admits a token with these claims; the token itself is not sent."""
        request = Request("POST", f"{PUBLISHERS}/test", body=dict(claims))
        return cast("PublisherTrial", self._transport.fetch(request))

    def _change(self, edit: Edit) -> CiPublisherList:
        before = self.all()
        after = list(edit(before["publishers"]))
        if after == before["publishers"]:
            return before
        body = {"publishers": after, "version": before["version"]}
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        request = Request("PUT", PUBLISHERS, body=body, headers=headers)
        return cast("CiPublisherList", self._transport.fetch(request))
