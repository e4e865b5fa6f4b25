"""A recipe's secret: sealed when it comes, and never shown again."""

from pydantic import SecretStr

from deltaci.catalog.changes import Change
from deltaci.core import Core
from deltaci.sealing import SealBrokenError


def sealed(core: Core, given: SecretStr | None, current: bytes | None) -> bytes | None:
    """Return what is stored: an absent secret stays, an empty one is taken away.

    One that is as it was stays sealed as it is, so that nothing counts as a change.
    """
    if given is None or _is_the_same(core, given, current):
        return current
    secret = given.get_secret_value()
    return core.seal.close(secret) if secret else None


def change_of(before: bytes | None, after: bytes | None) -> list[Change]:
    """Say for the record that a secret has changed, and nothing of what it is."""
    if before == after:
        return []
    return [Change("secret", "set" if before else "none", "changed" if after else "none")]


def _is_the_same(core: Core, given: SecretStr, current: bytes | None) -> bool:
    if current is None:
        return False
    try:
        return core.seal.open(current) == given.get_secret_value()
    except SealBrokenError:
        return False
