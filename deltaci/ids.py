"""Identifiers: a type prefix and a UUIDv7, so that rows sort by creation (spec §1.1)."""

import hashlib
import re
import secrets

import uuid_utils

LEASE_SECRET_BYTES = 32


def _new(prefix: str) -> str:
    return f"{prefix}_{uuid_utils.uuid7().hex}"


def new_run_id() -> str:
    """A fresh `run_…` identifier."""
    return _new("run")


def new_job_id() -> str:
    """A fresh `job_…` identifier."""
    return _new("job")


def new_attempt_id() -> str:
    """A fresh `attempt_…` identifier."""
    return _new("attempt")


def new_lease_id() -> str:
    """A fresh `lease_…` secret of 256 random bits.

    A lease id is a bearer credential: it is never sortable, never logged and stored only hashed.
    """
    return f"lease_{secrets.token_hex(LEASE_SECRET_BYTES)}"


def new_delivery_id() -> str:
    """A fresh `delivery_…` identifier: one webhook delivery as we keep it."""
    return _new("delivery")


def new_build_id() -> str:
    """A fresh UUID for a registered build: the DXCP contract's form (spec §1.2)."""
    return new_uid()


def new_uid() -> str:
    """A fresh UUID, sortable by creation: what both deployment contracts call things by."""
    return str(uuid_utils.uuid7())


def new_notification_id() -> str:
    """A fresh `ntf_…` identifier: one announcement for one channel."""
    return _new("ntf")


def new_request_id() -> str:
    """A fresh `req_…` identifier: finds the log lines of one request."""
    return _new("req")


WORKFLOW_ID_PART_MAX = 80
HASHED = "sha256:"
"""Begins every part that stands for another text; no part that stands for itself begins so."""

_PLAIN = re.compile(rf"(?!{HASHED})[A-Za-z0-9][A-Za-z0-9._:@-]*")


def workflow_id(*parts: str) -> str:
    """Join parts into a Temporal workflow ID; a long or odd part is replaced by its hash.

    Equal parts give equal IDs and different parts different ones, which is what makes an
    idempotency key a workflow ID.
    """
    return "/".join(map(_plain_or_hashed, parts))


def _plain_or_hashed(part: str) -> str:
    if len(part) <= WORKFLOW_ID_PART_MAX and _PLAIN.fullmatch(part):
        return part
    return HASHED + hashlib.sha256(part.encode()).hexdigest()
