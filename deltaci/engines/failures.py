"""Whatever engines say of a failure, in the contract's categories (DXCP spec §3.7).

What an engine says is untrusted text: its codes decide if they are known, then its words. People
get a sentence of ours and, beside it, the engine's own line without addresses and secrets.
"""

import re
from collections.abc import Collection, Mapping
from datetime import datetime

from deltaci.engines.port import Failure, FailureCategory
from deltaci.failures.redaction import redact

DETAIL_MAX_LENGTH = 240
_LOOKED_AT_MAX_LENGTH = 2000

_C = FailureCategory
CODES: Mapping[str, FailureCategory] = {
    "missing_service": _C.VALIDATION,
    "unknown_service": _C.VALIDATION,
    "method_not_allowed": _C.VALIDATION,
    "artifact_bucket_mismatch": _C.ARTIFACT,
    "no_previous_artifact": _C.ROLLBACK,
    "invalid_previous_artifact": _C.ROLLBACK,
    "unauthorized": _C.POLICY,
    "not_found": _C.INFRASTRUCTURE,
    **{category.value.lower(): category for category in FailureCategory},
    "infra": _C.INFRASTRUCTURE,
}
"""What engines' codes mean. A category's own name is one, too."""

WORDS: tuple[tuple[FailureCategory, tuple[str, ...]], ...] = (
    (_C.TIMEOUT, ("timeout", "timed out")),
    (_C.INFRASTRUCTURE, ("connection", "unavailable", "http 5", "internal error")),
    (_C.ARTIFACT, ("artifact", "checksum")),
    (_C.POLICY, ("forbidden", "not allowed")),
    (_C.CONFIG, ("config", "pipeline")),
    (_C.VALIDATION, ("validation",)),
)
"""What engines' words mean, in the order in which they are looked for."""

SUMMARIES: Mapping[FailureCategory, str] = {
    _C.VALIDATION: "The order was refused as invalid.",
    _C.POLICY: "The order was refused as not allowed.",
    _C.ARTIFACT: "The artifact could not be used.",
    _C.INFRASTRUCTURE: "What carries the deployment out had trouble.",
    _C.CONFIG: "The recipe or what it points to is not set up for this.",
    _C.APP: "The deployed version did not work.",
    _C.TIMEOUT: "The deployment took too long.",
    _C.ROLLBACK: "Going back to the earlier version did not work.",
    _C.UNKNOWN: "The deployment failed.",
}
HINTS: Mapping[FailureCategory, str] = {
    _C.VALIDATION: "Correct the recipe or the build, and deploy again.",
    _C.POLICY: "Let the owner of the recipe's credential allow it.",
    _C.ARTIFACT: "See that the artifact is where the build's registration says.",
    _C.INFRASTRUCTURE: "Deploy again once it works; nothing is known to be wrong with the version.",
    _C.CONFIG: "Let the recipe's owner look at its settings.",
    _C.APP: "Look at the version's own logs, or roll back.",
    _C.TIMEOUT: "See how far it got before you deploy again.",
    _C.ROLLBACK: "Deploy a version that is known to work.",
}

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_IP = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b")


def categorise(code: str, text: str, *, rollback: bool = False) -> FailureCategory:
    """Return the category of a failure: of a known code, or of the first known word."""
    known = CODES.get(code.strip().lower())
    if known is not None:
        return known
    lowered = text[:_LOOKED_AT_MAX_LENGTH].lower()
    for category, words in WORDS:
        if any(word in lowered for word in words):
            return category
    return _C.ROLLBACK if rollback else _C.UNKNOWN


def failure(
    category: FailureCategory, at: datetime, said: str = "", secrets: Collection[str] = ()
) -> Failure:
    """Describe a failure of a category, with what was said about it made fit to show."""
    return Failure(
        category=category,
        summary=SUMMARIES[category],
        observed_at=at,
        detail=presentable(said, secrets) or None,
        action_hint=HINTS.get(category),
    )


def presentable(said: str, secrets: Collection[str] = ()) -> str:
    """Return an engine's words as one short line without addresses, secrets or control signs.

    What must not be named, such as the engine's host, counts as a secret here.
    """
    masked = redact(said[:_LOOKED_AT_MAX_LENGTH], secrets)
    line = " ".join(_IP.sub("[address]", _ADDRESS.sub("[address]", masked)).split())
    return line if len(line) <= DETAIL_MAX_LENGTH else f"{line[: DETAIL_MAX_LENGTH - 1]}…"
