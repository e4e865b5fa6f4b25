"""Which publisher a token belongs to (spec §2.2): pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from deltaci.wire.governance import CiPublisher


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says of its bearer; empty where it says nothing."""

    iss: str
    sub: str
    aud: frozenset[str] = frozenset()
    azp: str = ""
    email: str = ""


Holds = Callable[[Claims, Sequence[str]], bool]

CONSTRAINTS: Mapping[str, Holds] = {
    "issuers": lambda claims, wanted: claims.iss in wanted,
    "audiences": lambda claims, wanted: not claims.aud.isdisjoint(wanted),
    "authorized_party_azp": lambda claims, wanted: claims.azp in wanted,
    "subjects": lambda claims, wanted: claims.sub in wanted,
    "subject_prefixes": lambda claims, wanted: claims.sub.startswith(tuple(wanted)),
    "emails": lambda claims, wanted: claims.email in wanted,
}
"""The fields of a publisher that constrain; one of a field's values has to hold."""

ANCHORS = frozenset({"authorized_party_azp", "subjects", "subject_prefixes", "emails"})
"""Fields that say who; an issuer has to vouch for them."""


def constraints_of(publisher: CiPublisher) -> dict[str, list[str]]:
    """Return the fields that ask for something."""
    asked = {field: getattr(publisher, field) for field in CONSTRAINTS}
    return {field: values for field, values in asked.items() if values}


def is_anchored(publisher: CiPublisher) -> bool:
    """Whether it names an issuer and somebody of that issuer's; anything less admits strangers."""
    asked = constraints_of(publisher).keys()
    return "issuers" in asked and not ANCHORS.isdisjoint(asked)


def unmet(publisher: CiPublisher, claims: Claims) -> list[str]:
    """Return the fields that ask for something which the claims are not."""
    asked = constraints_of(publisher)
    return [field for field, values in asked.items() if not CONSTRAINTS[field](claims, values)]


def admits(publisher: CiPublisher, claims: Claims) -> bool:
    """Whether all that the publisher asks for holds; one that is not anchored admits nobody."""
    return is_anchored(publisher) and not unmet(publisher, claims)


def match(publishers: Iterable[CiPublisher], claims: Claims) -> CiPublisher | None:
    """Return the publisher of these claims: the one that asks most, then the first by name."""
    return min(
        (publisher for publisher in publishers if admits(publisher, claims)),
        key=lambda publisher: (-len(constraints_of(publisher)), publisher.name),
        default=None,
    )
