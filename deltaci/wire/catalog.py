"""The catalog's words: environments and how they live."""

from enum import StrEnum


class EnvironmentType(StrEnum):
    """What an environment is for; the order is that of promotions."""

    DEV = "dev"
    TEST = "test"
    STAGING = "staging"
    PRODUCTION = "production"
    OTHER = "other"


class LifecycleState(StrEnum):
    """Whether an environment can be deployed to."""

    ACTIVE = "active"
    DISABLED = "disabled"
    RETIRED = "retired"
