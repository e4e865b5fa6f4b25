"""Reading YAML from a stranger: bounded before anything is built, and no key said twice."""

from typing import Any

import yaml

from deltaci.planner.display import printable
from deltaci.planner.model import PlanError

DOCUMENT_MAX_BYTES = 256 * 1024
DEPTH_MAX = 20
NODES_MAX = 20_000
"""Counted with every alias written out, so that a small text cannot stand for a huge value."""

_BaseLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BaseLoader):  # type: ignore[misc]  # the two safe loaders share no typed base
    """The safe loader, refusing keys that are given twice and merge keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping, or refuse it with its place in the text."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                raise _refused(key, "a key must be plain text")
            if key.value in seen:
                raise _refused(key, f"the key {printable(key.value)!r} is given twice")
            seen.add(key.value)
        return dict(super().construct_mapping(node, deep=deep))


def load_document(name: str, content: bytes) -> Any:
    """Return the value of the only document in `content`. Raises PlanError with line and column."""
    if len(content) > DOCUMENT_MAX_BYTES:
        raise PlanError(f"{name} is larger than {DOCUMENT_MAX_BYTES // 1024} KiB")
    try:
        text = content.decode("utf-8-sig")
        _check_depth(name, text)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _check_size(name, node)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        raise PlanError(f"{name} is not UTF-8 text") from error
    except yaml.MarkedYAMLError as error:
        where = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise PlanError(f"{name}: {printable(error.problem or 'not YAML')}{where}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise PlanError(f"{name}: not valid YAML: {printable(str(error))}") from error


def _check_depth(name: str, text: str) -> None:
    """Judge nesting from the event stream, before any recursive step sees the text."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEPTH_MAX:
            raise PlanError(f"{name} is nested deeper than {DEPTH_MAX} levels")


def _check_size(name: str, root: yaml.Node) -> None:
    """Count nodes as if every alias were written out; one that holds itself never ends."""
    count = 0
    waiting = [root]
    while waiting:
        node = waiting.pop()
        count += 1
        if count > NODES_MAX:
            raise PlanError(f"{name} expands to more than {NODES_MAX} values")
        if isinstance(node, yaml.MappingNode):
            waiting.extend(part for pair in node.value for part in pair)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)


def _refused(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
