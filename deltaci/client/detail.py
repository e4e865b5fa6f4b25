"""Refusals of the Versioner contract, `{"detail": …}`, as the others have them."""

from collections.abc import Mapping
from typing import Any

PREFIX = "HTTP_"


def envelope(status: int, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the code, the message and the details of a refusal of any of our contracts."""
    if "detail" not in document:
        # Delta CI's own contract wraps its refusals, the DXCP contract does not.
        wrapped: Mapping[str, Any] = document.get("error", document)
        return wrapped
    detail = document["detail"]
    if isinstance(detail, Mapping):
        return detail
    if isinstance(detail, list):
        fields = [_fault(each) for each in detail if isinstance(each, Mapping)]
        named = ", ".join(each["field"] for each in fields)
        message = f"the request is not valid: {named}"
        return {"code": f"{PREFIX}{status}", "message": message, "details": {"fields": fields}}
    return {"code": f"{PREFIX}{status}", "message": detail}


def _fault(fault: Mapping[str, Any]) -> dict[str, str]:
    place = [str(part) for part in fault.get("loc", ())]
    return {"field": ".".join(place), "problem": str(fault.get("msg", "?"))}
