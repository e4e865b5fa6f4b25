"""Jobs on runners that carry deployments out: what server and runners agree on about them."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from deltaci.planner.model import DEPLOY_LABEL
from deltaci.wire.values import without_nul

VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")]
SecretValue = Annotated[str, StringConstraints(max_length=32_768), AfterValidator(without_nul)]
SecretVariables = Annotated[dict[VariableName, SecretValue], Field(max_length=100)]
"""A recipe's secret of the engine `runner`: variables that only the job sees."""


def deploy_label(environment: str) -> str:
    """Return the label of runners that may deploy to an environment, as `deploy:production`.

    It counts only when the runner's token grants it, and only deployments ask for it.
    """
    return f"{DEPLOY_LABEL}{environment}"
