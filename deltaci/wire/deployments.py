"""Deployments on the wire: the words that all three contracts' shapes are made of."""

from enum import StrEnum


class Origin(StrEnum):
    """Who carries a deployment out."""

    ASKED = "asked"
    """We do, because somebody asked us to."""
    REPORTED = "reported"
    """Another tool does, and tells us."""


class DeploymentKind(StrEnum):
    """Why a deployment was asked for (DXCP spec §3.1)."""

    ROLL_FORWARD = "ROLL_FORWARD"
    ROLLBACK = "ROLLBACK"
    PROMOTE = "PROMOTE"


class Change(StrEnum):
    """What a completed deployment changed about what ran in its environment."""

    FIRST = "first"
    ROLL_FORWARD = "roll_forward"
    ROLLBACK = "rollback"
    REDEPLOY = "redeploy"
    OUT_OF_ORDER = "out_of_order"
    """It completed before one that we had heard of already: it changed nothing about today."""
