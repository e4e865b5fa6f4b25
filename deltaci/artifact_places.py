"""Where built artifacts are: `scheme://bucket/key`, taken apart and compared by its parts."""

import re
from dataclasses import dataclass

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class ArtifactPlace:
    """One artifact, or with fewer segments everything below a prefix; with none, a bucket."""

    scheme: str
    bucket: str
    segments: tuple[str, ...]

    @property
    def key(self) -> str:
        """The name within the bucket."""
        return "/".join(self.segments)

    def is_within(self, prefix: "ArtifactPlace") -> bool:
        """Whether this is the prefix or lies below it; `shop-evil` does not lie below `shop`."""
        return (self.scheme, self.bucket) == (prefix.scheme, prefix.bucket) and (
            self.segments[: len(prefix.segments)] == prefix.segments
        )


def parse_artifact(text: str) -> ArtifactPlace:
    """Read an artifact's address. Raises ValueError without a key."""
    place = _parse(text)
    if not place.segments:
        raise ValueError("it names no key: scheme://bucket/key")
    return place


def parse_prefix(text: str) -> ArtifactPlace:
    """Read where artifacts may be, `scheme://bucket` or `scheme://bucket/prefix`; or ValueError."""
    return _parse(text.removesuffix("/"))


def parse_prefixes(name: str, text: str) -> list[ArtifactPlace]:
    """Read a setting's places, separated by commas. Raises ValueError that names the setting."""
    try:
        return [parse_prefix(each) for each in listed(text)]
    except ValueError as error:
        raise ValueError(f"{name} cannot be read: {error}") from error


def listed(text: str) -> list[str]:
    """Take apart what a setting separates by commas."""
    return [item for item in map(str.strip, text.split(",")) if item]


def _parse(text: str) -> ArtifactPlace:
    """Nothing is decoded, and no query or fragment is known: a key is what the store says."""
    scheme, separator, opaque = text.partition("://")
    if not separator or not _SCHEME.fullmatch(scheme):
        raise ValueError("it is not of the form scheme://bucket/key")
    bucket, slash, key = opaque.partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise ValueError("its bucket is not a name")
    segments = tuple(key.split("/")) if slash else ()
    if any(part in {"", ".", ".."} or not part.isprintable() for part in segments):
        raise ValueError("its key has an empty, a relative or an unprintable part")
    return ArtifactPlace(scheme, bucket, segments)
