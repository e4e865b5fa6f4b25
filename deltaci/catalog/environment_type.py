"""What an environment is for, as its name tells (Versioner spec §1.4): pure."""

import re
from collections.abc import Mapping

from deltaci.wire.catalog import EnvironmentType

WORDS: Mapping[str, EnvironmentType] = {
    **dict.fromkeys(("dev", "development", "local", "sandbox"), EnvironmentType.DEV),
    **dict.fromkeys(("test", "testing", "qa", "integration"), EnvironmentType.TEST),
    **dict.fromkeys(("staging", "stage", "uat", "preprod"), EnvironmentType.STAGING),
    **dict.fromkeys(("production", "prod", "live"), EnvironmentType.PRODUCTION),
}
SPLIT = re.compile(r"[^a-z0-9]+|(?<=[a-z])(?=[0-9])")
"""Between words, and before a number: `prod2` is production."""
PRE = "pre"


def environment_type(name: str) -> EnvironmentType:
    """Return what the first word that tells something tells; OTHER when none does.

    `pre-prod` is staging, as `preprod` is.
    """
    words = [word for word in SPLIT.split(name.lower()) if word]
    for before, word in zip(["", *words], words, strict=False):
        if before == PRE and WORDS.get(word) is EnvironmentType.PRODUCTION:
            return EnvironmentType.STAGING
        if word in WORDS:
            return WORDS[word]
    return EnvironmentType.OTHER
