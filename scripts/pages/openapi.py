"""docs/reference/openapi.json, from the application."""

import json

from api.app import build_app
from deltaci.settings import Settings


def render(_present: str) -> str:
    """The whole document, as `/openapi.json` serves it; its version is that of the package."""
    return json.dumps(build_app(Settings()).openapi(), indent=2, ensure_ascii=False) + "\n"
