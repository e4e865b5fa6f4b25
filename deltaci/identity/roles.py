"""Roles: what a principal may do. Deny by default; every route names what it needs."""

from enum import StrEnum


class Role(StrEnum):
    """A named set of rights, carried by tokens."""

    ADMIN = "admin"
    DELIVERY_OWNER = "delivery_owner"
    DEVELOPER = "developer"
    OBSERVER = "observer"
    CI_PUBLISHER = "ci_publisher"
    RUNNER = "runner"
