"""The publishers that count before an admin stores a list: those of the settings."""

from pydantic import TypeAdapter, ValidationError

from deltaci.errors import InvalidRequestError
from deltaci.governance.rules import check_publishers
from deltaci.identity.principal import OUR_ISSUER
from deltaci.wire.governance import CiPublisher

MISTAKEN = "ci_publishers must be publishers in a JSON array, or subjects separated by commas"

_publishers = TypeAdapter(list[CiPublisher])


def first_publishers(text: str) -> list[CiPublisher]:
    """Read the setting `ci_publishers`. Raises ValueError for what is neither of its forms."""
    text = text.strip()
    try:
        if text.startswith("["):
            publishers = _publishers.validate_json(text)
        else:
            publishers = [_of_ours(name) for name in text.split(",")] if text else []
        check_publishers(publishers)
    except ValidationError as error:
        raise ValueError(MISTAKEN) from error
    except InvalidRequestError as error:
        raise ValueError(f"{MISTAKEN}: {error.message}") from error
    return publishers


def _of_ours(subject: str) -> CiPublisher:
    """Admit one subject of our own tokens, under its own name."""
    return CiPublisher(name=subject, issuers=[OUR_ISSUER], subjects=[subject])
