"""What an environment's name tells of it."""

import pytest

from deltaci.catalog.environment_type import environment_type
from deltaci.wire.catalog import EnvironmentType


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("dev", "dev"),
        ("development", "dev"),
        ("dev-team-a", "dev"),
        ("local", "dev"),
        ("sandbox", "dev"),
        ("qa-smoke", "test"),
        ("integration", "test"),
        ("uat", "staging"),
        ("preprod", "staging"),
        ("pre-prod", "staging"),
        ("Pre_Production", "staging"),
        ("production-us-east", "production"),
        ("PROD", "production"),
        ("prod2", "production"),
        ("eu.live", "production"),
        ("producers", "other"),
        ("blue", "other"),
        ("pre", "other"),
        ("", "other"),
    ],
)
def test_the_first_word_that_tells_something_counts(name: str, kind: str) -> None:
    assert environment_type(name) is EnvironmentType(kind)
