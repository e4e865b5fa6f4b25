"""Who is calling."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from deltaci.identity.roles import Role
from deltaci.planner.model import DEPLOY_LABEL

OUR_ISSUER = "delta-ci"
"""Signs the tokens of this instance; every other issuer is named by its address."""
SUBJECT_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:@/+=-]*$"
"""Subjects of our own: never with the `|` that stands between another issuer and its subject."""
ID_MAX_LENGTH = 190
"""Leaves room for a prefix such as `runner:` where an id is kept in 200 characters."""
DIGEST_LENGTH = 40
SELF_DECLARED = re.compile(r"image|(?:os|arch|executor):.*")
"""Labels that say what a machine is, and so need no grant."""


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller: whom a trusted issuer says it is, and what it may do here.

    A runner's token may also limit the labels that count of what the runner offers, and the
    repositories whose jobs it takes; None means no limit. `audiences`, `azp` (the client that asked
    for the token) and `email` are as the issuer says, empty where it does not. Raises ValueError
    for a subject that could be taken for somebody else's.
    """

    subject: str
    issuer: str
    roles: frozenset[Role]
    labels: frozenset[str] | None = None
    repos: frozenset[str] | None = None
    audiences: frozenset[str] = frozenset()
    azp: str = ""
    email: str = ""

    def __post_init__(self) -> None:
        ours = self.issuer == OUR_ISSUER
        if "|" in self.issuer or not self.subject.isprintable() or not self.subject:
            raise ValueError("the issuer or the subject is not a name")
        if ours and not re.fullmatch(SUBJECT_PATTERN, self.subject):
            raise ValueError(f"a subject must match {SUBJECT_PATTERN}")
        if len(self.id) > ID_MAX_LENGTH:
            raise ValueError(f"issuer and subject have more than {ID_MAX_LENGTH} characters")

    @property
    def id(self) -> str:
        """Who this is among the callers of all issuers; what is remembered about it hangs on it.

        Others' subjects may be long, as those of CI systems that contain a branch: all that would
        be of the greatest length or beyond end in a digest, and nothing else has that length.
        """
        if self.issuer == OUR_ISSUER:
            return self.subject
        whole = f"{self.issuer}|{self.subject}"
        if len(whole) < ID_MAX_LENGTH:
            return whole
        digest = hashlib.sha256(whole.encode()).hexdigest()[:DIGEST_LENGTH]
        return f"{whole[: ID_MAX_LENGTH - DIGEST_LENGTH - 1]}~{digest}"

    def may_act_as(self, *roles: Role) -> bool:
        """Whether the caller has one of these roles; an admin has every role of a person."""
        if Role.ADMIN in self.roles and any(role is not Role.RUNNER for role in roles):
            return True
        return not self.roles.isdisjoint(roles)

    def offers(self, labels: Iterable[str]) -> frozenset[str]:
        """Return those labels that count of a runner's: granted ones, and what its machine is.

        Labels of runners that may deploy count only if they are granted by name.
        """
        if self.labels is None:
            return frozenset(label for label in labels if not label.startswith(DEPLOY_LABEL))
        return frozenset(
            label for label in labels if label in self.labels or SELF_DECLARED.fullmatch(label)
        )
