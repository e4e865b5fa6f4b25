"""Read the settings where a process starts; a wrong one ends it with a sentence for people."""

from pydantic import ValidationError

from deltaci.settings import Settings

PYDANTIC_PREFIX = "Value error, "


def load_settings() -> Settings:
    """Read the settings from the environment. Raises SystemExit naming each wrong variable."""
    try:
        return Settings()
    except ValidationError as error:
        raise SystemExit(explain(error)) from None


def explain(error: ValidationError) -> str:
    """Say which variables are wrong and why, never what they hold."""
    prefix = Settings.model_config.get("env_prefix", "")
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    lines = []
    for fault in faults:
        names = [part for part in fault["loc"] if isinstance(part, str)]
        variable = f"{prefix}{'_'.join(names).upper()}" if names else f"{prefix}…"
        lines.append(f"{variable}: {fault['msg'].removeprefix(PYDANTIC_PREFIX)}")
    return "\n".join(["the settings are not valid:", *lines])
