"""docs/reference/ci.ai.yaml.md and its JSON Schema, from the models that read the file."""

import json
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from deltaci.planner.config.models import (
    Artifact,
    Build,
    BuildArtifact,
    BuildVersion,
    Cache,
    ConfigFile,
    Job,
    Limits,
    Policies,
    Policy,
    RunPolicies,
)

HEAD = """\
# `ci.ai.yaml`

Written by `make docs` from the models that read the file. It lies at the root of a repository and,
where it exists, it alone says which jobs there are: nothing is discovered, and no recipe is used.
A mistake in it fails the run with the place of every wrong key; nothing is guessed. Unknown keys,
keys given twice, and YAML merge keys are mistakes. The file may not hold secrets.

Editors complete and check it with [the JSON Schema](ci.ai.schema.json):

```yaml
# yaml-language-server: $schema=docs/reference/ci.ai.schema.json
version: 1
jobs:
  build:
    steps: [make build]
  test:
    needs: [build]
    paths: ["src/**", "tests/**"]
    matrix: {python: ["3.12", "3.13"]}
    steps: ["make test PYTHON={matrix.python}"]
    caches: [{type: deps, key: "pip-{lock_hash}", paths: [~/.cache/pip]}]
    policy: {retries: 1}
```

Which declared jobs run for a change: one without `paths` always; one with `paths` when a changed
path matches, when this file itself changed, or when the range of the change is not known; and
whatever these jobs need. Every other job is listed as skipped, with the reason.

On a change from a fork, caches of type `build` are left out, all others are read-only, and
`policies.runs` is ignored.
"""
SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The file", ConfigFile),
    ("`jobs.<name>`", Job),
    ("`jobs.<name>.policy` and `policies.jobs`", Policy),
    ("`jobs.<name>.caches[]`", Cache),
    ("`jobs.<name>.artifacts[]`", Artifact),
    ("`policies`", Policies),
    ("`policies.runs`", RunPolicies),
    ("`limits`", Limits),
    ("`build`", Build),
    ("`build.version`", BuildVersion),
    ("`build.artifact`", BuildArtifact),
)


def render(_present: str) -> str:
    """The whole page."""
    return HEAD + "".join(_section(title, model) for title, model in SECTIONS)


def render_schema(_present: str) -> str:
    """The JSON Schema, as text."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ConfigFile.model_json_schema(),
        "title": "ci.ai.yaml",
    }
    _close(schema)
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def _close(schema: Any) -> None:
    """Refuse keys that match no pattern, which pydantic's schema leaves open."""
    if isinstance(schema, list):
        for each in schema:
            _close(each)
    elif isinstance(schema, dict):
        if "patternProperties" in schema:
            schema.setdefault("additionalProperties", False)
        for each in schema.values():
            _close(each)


def _section(title: str, model: type[BaseModel]) -> str:
    rows = [
        f"| `{name}` | {_default(field)} | {_cell(field.description or '')} |"
        for name, field in model.model_fields.items()
    ]
    table = "\n".join(["| key | default | meaning |", "|---|---|---|", *rows])
    return f"\n## {title}\n\n{(model.__doc__ or '').strip()}\n\n{table}\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value: Any = field.default
    if value is None or isinstance(value, BaseModel) or value in ([], {}):
        return ""
    return f"`{json.dumps(value)}`"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
