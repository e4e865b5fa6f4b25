"""A webhook call that asks for nothing, signed as each forge signs: it tells if a secret counts."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

UNKNOWN_EVENT = "delta-ci-test"
"""Of forges that have no event which only tries a webhook out."""


@dataclass(frozen=True, slots=True)
class SignedCall:
    """Headers and body as the forge would send them."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes


def ping(provider: str, full_name: str, secret: str) -> SignedCall:
    """Return a call about a repository, `owner/name`, from which nothing follows.

    Raises KeyError for an unknown provider.
    """
    repository, headers = FORGES[provider]
    body = json.dumps(repository(full_name)).encode()
    return SignedCall(headers(secret, body, str(uuid.uuid4())), body)


def _named(full_name: str) -> dict[str, Any]:
    return {"repository": {"full_name": full_name}}


def _gitlab_named(full_name: str) -> dict[str, Any]:
    return {"project": {"path_with_namespace": full_name}}


def _github(secret: str, body: bytes, delivery_id: str) -> dict[str, str]:
    return {
        "X-GitHub-Event": "ping",
        "X-GitHub-Delivery": delivery_id,
        "X-Hub-Signature-256": f"sha256={_hmac(secret, body)}",
    }


def _gitlab(secret: str, _body: bytes, delivery_id: str) -> dict[str, str]:
    return {
        "X-Gitlab-Event": UNKNOWN_EVENT,
        "X-Gitlab-Event-UUID": delivery_id,
        "X-Gitlab-Token": secret,
    }


def _gitea(secret: str, body: bytes, delivery_id: str) -> dict[str, str]:
    return {
        "X-Gitea-Event": UNKNOWN_EVENT,
        "X-Gitea-Delivery": delivery_id,
        "X-Gitea-Signature": _hmac(secret, body),
    }


def _bitbucket(secret: str, body: bytes, delivery_id: str) -> dict[str, str]:
    return {
        "X-Event-Key": UNKNOWN_EVENT,
        "X-Request-UUID": delivery_id,
        "X-Hub-Signature": f"sha256={_hmac(secret, body)}",
    }


def _hmac(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


FORGES: Mapping[
    str, tuple[Callable[[str], dict[str, Any]], Callable[[str, bytes, str], dict[str, str]]]
] = {
    "github": (_named, _github),
    "gitlab": (_gitlab_named, _gitlab),
    "gitea": (_named, _gitea),
    "bitbucket": (_named, _bitbucket),
}
"""How each says which repository it is about, and what it sends along."""
