"""What other tools tell of builds and deployments (seed «Request Schemas»)."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from deltaci.states import BUILD_WORDS, DEPLOYMENT_WORDS, TrackingStatus, parse_status
from deltaci.wire.userinfo import without_userinfo
from deltaci.wire.values import LenientModel, Timestamp

ISO_8601 = re.compile(r"\s*\d{4}-\d{2}-\d{2}")


def _not_blank(text: str) -> str:
    if text.isspace():
        raise ValueError("this value must not be blank")
    return text


def _iso_8601(value: Any) -> Any:
    """Refuse numbers, which would be taken for seconds of an epoch."""
    if value is not None and not (isinstance(value, str) and ISO_8601.match(value)):
        raise PydanticCustomError("datetime_parsing", "invalid datetime format")
    return value


def _storable(metadata: dict[str, Any]) -> dict[str, Any]:
    """Refuse what JSON databases cannot hold: no number that is none, and no NUL."""
    try:
        text = json.dumps(metadata, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise ValueError("numbers must be finite, and nesting bounded") from error
    if "\\u0000" in text and _has_nul(metadata):
        raise ValueError("text must not contain NUL")
    return metadata


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(map(_has_nul, [*value, *value.values()]))
    return isinstance(value, list) and any(map(_has_nul, value))


def _spelled(words: Mapping[str, TrackingStatus]) -> Callable[[str], str]:
    def check(text: str) -> str:
        parse_status(words, text)
        return text

    return check


Text40 = Annotated[str, StringConstraints(max_length=40)] | None
Text50 = Annotated[str, StringConstraints(max_length=50)] | None
Text100 = Annotated[str, StringConstraints(max_length=100)] | None
Text255 = Annotated[str, StringConstraints(max_length=255)] | None
Address = Annotated[str, StringConstraints(max_length=500), AfterValidator(without_userinfo)] | None
NotBlank = AfterValidator(_not_blank)
Name255 = Annotated[str, StringConstraints(min_length=1, max_length=255), NotBlank]
Name100 = Annotated[str, StringConstraints(min_length=1, max_length=100), NotBlank]
Word = StringConstraints(max_length=50)
BuildStatus = Annotated[str, Word, AfterValidator(_spelled(BUILD_WORDS))]
DeploymentStatus = Annotated[str, Word, AfterValidator(_spelled(DEPLOYMENT_WORDS))]
Moment = Annotated[Timestamp | None, BeforeValidator(_iso_8601)]
Metadata = Annotated[dict[str, Any], AfterValidator(_storable)] | None


class _Event(LenientModel):
    """What events of both kinds have. Fields outside the contract are ignored."""

    product_name: Name255
    version: Name100
    source_system: Text50 = None
    build_number: Text100 = None
    scm_sha: Text40 = None
    scm_branch: Text100 = None
    scm_repository: Address = None
    build_url: Address = None
    invoke_id: Text255 = None
    started_at: Moment = None
    completed_at: Moment = None
    extra_metadata: Metadata = None

    def as_sent(self) -> dict[str, Any]:
        """Return the fields of the contract that were sent, credentials in addresses removed."""
        return self.model_dump(mode="json", exclude_unset=True)

    @property
    def told_at(self) -> datetime | None:
        """When a tool says that a build or deployment is under way, if it says.

        Some stamp `completed_at` on events of what is not completed (spec §1.5).
        """
        return self.started_at or self.completed_at


class BuildEvent(_Event):
    """`POST /build-events/`."""

    status: BuildStatus
    """As the tool spells it; `canonical` is what counts."""
    built_by: Text255 = None
    built_by_email: Text255 = None
    built_by_name: Text255 = None

    @property
    def canonical(self) -> TrackingStatus:
        """The status as one of the five."""
        return parse_status(BUILD_WORDS, self.status)


class DeploymentEvent(_Event):
    """`POST /deployment-events/`."""

    status: DeploymentStatus
    """As the tool spells it; `canonical` is what counts."""
    environment_name: Name100
    deploy_url: Address = None
    deployed_by: Text255 = None
    deployed_by_email: Text255 = None
    deployed_by_name: Text255 = None

    @property
    def canonical(self) -> TrackingStatus:
        """The status as one of the five."""
        return parse_status(DEPLOYMENT_WORDS, self.status)

    skip_preflight_checks: bool | None = None
