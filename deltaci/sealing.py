"""Secrets at rest: sealed with a key that the database does not hold."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from deltaci.kept_key import kept_key

KEY_FILE = "sealing.key"

log = structlog.get_logger(__name__)


class SealBrokenError(Exception):
    """None of the keys opens it: the key was lost or changed."""


class Seal:
    """Encrypts with the first key, opens with any, so that keys can be rotated.

    Authenticated encryption (Fernet: AES-128-CBC and HMAC-SHA-256): what was altered never opens.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            message = "an encryption key must be 32 bytes in URL-safe base64"
            raise ValueError(message) from error

    @classmethod
    def load(cls, keys: str, data_dir: Path) -> "Seal":
        """Use the given keys, separated by commas, or the data folder's own, made on first use."""
        given = [key.strip() for key in keys.split(",") if key.strip()]
        return cls(given or [kept_key(data_dir / KEY_FILE, lambda: Fernet.generate_key().decode())])

    def close(self, text: str) -> bytes:
        """Encrypt a text."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt a text. Raises SealBrokenError."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise SealBrokenError("a stored secret cannot be opened with this key") from error

    def open_those_that_open(self, sealed: Iterable[bytes]) -> tuple[str, ...]:
        """Decrypt texts, leaving out those whose key is gone."""
        opened = []
        for each in sealed:
            try:
                opened.append(self.open(each))
            except SealBrokenError:
                log.warning("stored_secret_not_opened", hint="was an encryption key removed?")
        return tuple(opened)
