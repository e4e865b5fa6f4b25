"""Configuration files: YAML whose values keep their text, so that version 1.10 stays 1.10."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltaci.tracker.errors import InvalidInputError

LONGEST_BYTES = 256 * 1024
IN_HOME = Path(".versioner/config.yaml")
IN_WORKING_DIRECTORY = Path(".delta-ci-track.yaml")
NOT_FROM_A_REPOSITORY = frozenset(
    {
        *("api_url", "api_key", "ui_url", "spool", "idempotency_key"),
        *("deadline_seconds", "retry_pauses_seconds"),
    }
)
"""What the file in the working directory may not say: it may come with somebody else's code, and
would send the environment's key wherever it likes, or make every event a repetition."""

METADATA = "extra_metadata"


@dataclass(frozen=True, slots=True)
class Config:
    """What the configuration files say."""

    values: Mapping[str, Any]
    """Texts by the name of their setting, and the mapping `extra_metadata`."""
    files: tuple[Path, ...] = ()
    """Where it was read, most important first."""
    ignored: tuple[str, ...] = ()
    """Settings that a file of the working directory may not have."""


def read_config(named: Path | None, home: str | None, folder: Path) -> Config:
    """Read the file that was named; or else that of the home folder, then the working directory's.

    Of the latter two, the first counts where both say something. Raises InvalidInputError.
    """
    if named is not None:
        return Config(_parse(named), (named,))
    values: dict[str, Any] = {}
    files, ignored = [], []
    for path, is_foreign in _places(home, folder):
        if not path.is_file():
            continue
        found = _parse(path)
        if is_foreign:
            ignored = sorted(found.keys() & NOT_FROM_A_REPOSITORY)
            found = {name: found[name] for name in found if name not in NOT_FROM_A_REPOSITORY}
        values = {**found, **values}
        files.append(path)
    return Config(values, tuple(files), tuple(ignored))


def _places(home: str | None, folder: Path) -> Iterator[tuple[Path, bool]]:
    if home:
        yield Path(home) / IN_HOME, False
    yield folder / IN_WORKING_DIRECTORY, True


def _parse(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_BYTES + 1)
    except OSError as error:
        raise InvalidInputError(f"cannot read {path}: {error.strerror}") from error
    if len(content) > LONGEST_BYTES:
        raise InvalidInputError(f"{path} is larger than {LONGEST_BYTES} bytes")
    from deltaci.tracker.exact_yaml import UnusableYamlError, load_mapping  # noqa: PLC0415 - most runs read no file

    try:
        document = load_mapping(content)
    except UnusableYamlError as error:
        raise InvalidInputError(f"{path}: {error}") from error
    for name, value in document.items():
        if isinstance(value, dict | list) and name != METADATA:
            raise InvalidInputError(f"{path}: {name} must be a plain value")
    return document
