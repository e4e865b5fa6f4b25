"""Which CI we are in, and what it says of the build or deployment (spec §2.8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from deltaci.tracker.addresses import without_credentials
from deltaci.tracker.ci_systems.forges import AZURE_DEVOPS, BITBUCKET, GITHUB, GITLAB
from deltaci.tracker.ci_systems.servers import DRONE, JENKINS, RUNDECK, TEAMCITY, WOODPECKER
from deltaci.tracker.ci_systems.services import BUILDKITE, CIRCLECI, CODEBUILD, TRAVIS, VERCEL
from deltaci.tracker.ci_systems.shape import CiSystem, Environment
from deltaci.tracker.kinds import Kind

SYSTEMS = (
    *(GITHUB, GITLAB, JENKINS, CIRCLECI, BITBUCKET, AZURE_DEVOPS, TRAVIS, RUNDECK),
    *(BUILDKITE, TEAMCITY, CODEBUILD, WOODPECKER, DRONE, VERCEL),
)
"""In the order in which they are looked for; the first eight and their order are the contract's."""

UNKNOWN = "unknown"
"""The `source_system` outside of every CI that we know."""

LONGEST: Mapping[str, int] = {
    "product": 255,
    "version": 100,
    "source_system": 50,
    "build_number": 100,
    "scm_sha": 40,
    "scm_branch": 100,
    "scm_repository": 500,
    "link": 500,
    "invoke_id": 255,
    "person": 255,
    "person_email": 255,
    "person_name": 255,
}
"""How many characters the contract has room for."""
LONGEST_METADATA = 500
"""How many characters a detected value of `extra_metadata` may have; longer ones are left out."""


@dataclass(frozen=True, slots=True)
class Detected:
    """What a CI says by its variables."""

    source_system: str
    values: Mapping[str, str]
    """By name as in `LONGEST`; nothing is empty or too long."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    too_long: tuple[str, ...] = ()
    """What is left out, because the server would refuse the whole event for it."""

    def settings(self, kind: Kind) -> Mapping[str, str]:
        """The values by the names of this kind's settings."""
        names = {
            "link": kind.link,
            "person": kind.person,
            "person_email": f"{kind.person}_email",
            "person_name": f"{kind.person}_name",
        }
        return {names.get(name, name): value for name, value in self.values.items()}


def detect(environment: Environment) -> Detected:
    """Recognize the CI by its variables; outside of one, only `source_system` is known."""
    system = next((each for each in SYSTEMS if each.runs(environment)), None)
    if system is None:
        return Detected(UNKNOWN, {"source_system": UNKNOWN})
    found = {name: value for name, value in _read(system, environment).items() if value}
    fitting = {name: value for name, value in found.items() if len(value) <= LONGEST[name]}
    metadata = {
        key: without_credentials(value)
        for key, variable in system.metadata.items()
        if 0 < len(value := environment.get(variable, "")) <= LONGEST_METADATA
    }
    return Detected(system.name, fitting, metadata, tuple(found.keys() - fitting.keys()))


def _read(system: CiSystem, environment: Environment) -> Mapping[str, str]:
    return {
        "source_system": system.name,
        "product": system.product(environment),
        "version": system.version(environment),
        "build_number": system.build_number(environment),
        "scm_sha": system.sha(environment),
        "scm_branch": system.branch(environment),
        "scm_repository": without_credentials(system.repository(environment)),
        "invoke_id": system.invoke_id(environment),
        "link": without_credentials(system.url(environment)),
        "person": system.user(environment),
        "person_email": system.email(environment),
        "person_name": system.person_name(environment),
    }
