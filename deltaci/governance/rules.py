"""Which lists of publishers are accepted."""

from collections import Counter
from collections.abc import Sequence

from deltaci.errors import InvalidRequestError
from deltaci.governance.matching import ANCHORS, is_anchored
from deltaci.wire.governance import CiPublisher

OURS = "delta-ci"
"""Under this name, our own runs register what they built; no listed publisher may have it."""


def check_publishers(publishers: Sequence[CiPublisher]) -> None:
    """Raise InvalidRequestError for a name that is taken, or one that would admit strangers."""
    names = Counter(publisher.name for publisher in publishers)
    if twice := sorted(name for name, count in names.items() if count > 1):
        raise InvalidRequestError(
            f"publishers need different names: {', '.join(twice)}", invalid_fields=["publishers"]
        )
    if OURS in names:
        raise InvalidRequestError(
            f"{OURS!r} is the name under which our own runs register; choose another",
            invalid_fields=["publishers"],
        )
    for position, publisher in enumerate(publishers):
        if not is_anchored(publisher):
            anchors = ", ".join(sorted(ANCHORS))
            raise InvalidRequestError(
                f"publisher {publisher.name!r} needs issuers and one of {anchors}: "
                "less would admit every token of an issuer, or of all of them",
                invalid_fields=[f"publishers.{position}"],
            )
