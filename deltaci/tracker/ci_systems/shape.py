"""What is known of a CI system: pure rules over the environment of its jobs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from deltaci.tracker.addresses import last_part, repository_name

Environment = Mapping[str, str]
Rule = Callable[[Environment], str]
"""Reads a value; empty when there is none."""


def nothing(environment: Environment) -> str:
    """No such value."""
    del environment
    return ""


def variable(*names: str) -> Rule:
    """The first of these variables that is not empty."""
    return lambda environment: next(filter(None, (environment.get(each) for each in names)), "")


def filled(template: str, *names: str) -> Rule:
    """A template with the values of these variables, if all of them are set."""

    def fill(environment: Environment) -> str:
        values = [environment.get(name, "") for name in names]
        return template.format(*values) if all(values) else ""

    return fill


def repository_of(name: str) -> Rule:
    """The name of the repository that a variable has the address of."""
    return lambda environment: repository_name(environment.get(name, ""))


def last_of(rule: Rule) -> Rule:
    """The last part of what is a path."""
    return lambda environment: last_part(rule(environment))


def name_in_slug(name: str) -> Rule:
    """The name in a variable that says `owner/name`; empty when it says anything else."""

    def read(environment: Environment) -> str:
        owner, _, rest = environment.get(name, "").partition("/")
        return rest if owner and "/" not in rest else ""

    return read


def short(rule: Rule) -> Rule:
    """The first eight characters of a commit id, or all of a shorter one."""
    return lambda environment: rule(environment)[:8]


@dataclass(frozen=True, slots=True)
class CiSystem:
    """How to recognize a CI system, and what its jobs' variables mean."""

    name: str
    """What events name as `source_system`."""
    trigger: str
    trigger_value: str = ""
    """What the trigger has to be, letter by letter; empty for anything."""
    product: Rule = nothing
    version: Rule = nothing
    repository: Rule = nothing
    sha: Rule = nothing
    branch: Rule = nothing
    build_number: Rule = nothing
    invoke_id: Rule = nothing
    url: Rule = nothing
    user: Rule = nothing
    email: Rule = nothing
    person_name: Rule = nothing
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Keys of `extra_metadata`, and the variables that they come from."""

    def runs(self, environment: Environment) -> bool:
        """Whether the environment is that of one of its jobs."""
        value = environment.get(self.trigger, "")
        return bool(value) and self.trigger_value in {"", value}
