"""YAML in which plain values of the first level keep the text that people wrote."""

import re
from typing import Any

import yaml

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
DEEPEST = 50


class UnusableYamlError(ValueError):
    """The text is no YAML mapping that we read; the message says what is wrong, and where."""


class _Loader(yaml.SafeLoader):
    """Resolves what JSON has, and leaves dates, `yes` and `010` the texts that they are."""

    yaml_implicit_resolvers: dict[str, Any] = {}
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose without aliases, which make few bytes into many values, and not endlessly."""
        if self.check_event(yaml.AliasEvent):
            raise UnusableYamlError(_at(parent and parent.start_mark, "aliases are not read"))
        self.depth += 1
        if self.depth > DEEPEST:
            raise UnusableYamlError(f"nested deeper than {DEEPEST} levels")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", "-0123456789"),
):
    _matches = re.compile(f"^(?:{_pattern})$")
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _matches, _first)


def load_mapping(content: bytes) -> dict[str, Any]:
    """Read a mapping: plain values as text, those that are unset left out, the rest as JSON has it.

    Raises UnusableYamlError.
    """
    try:
        return _load(content.decode("utf-8"))
    except yaml.MarkedYAMLError as error:
        raise UnusableYamlError(_at(error.problem_mark, error.problem or "no YAML")) from error
    except UnusableYamlError:
        raise
    except (yaml.YAMLError, ValueError) as error:
        raise UnusableYamlError("no YAML in UTF-8") from error


def _load(text: str) -> dict[str, Any]:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return {}
        if not isinstance(root, yaml.MappingNode):
            raise UnusableYamlError("must be a mapping")
        named = {_name(name): _value(loader, node) for name, node in root.value}
        return {name: value for name, value in named.items() if value is not None}
    finally:
        loader.dispose()


def _name(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise UnusableYamlError(_at(node.start_mark, "the name of a setting must be text"))
    return str(node.value)


def _value(loader: _Loader, node: yaml.Node) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        return loader.construct_object(node, deep=True)
    is_plain = node.style is None
    return None if is_plain and node.value in NULLS else str(node.value)


def _at(mark: Any, problem: str) -> str:
    return f"line {mark.line + 1}: {problem}" if mark else problem
