"""The two kinds of events that can be tracked, and what differs between them."""

from collections.abc import Mapping
from dataclasses import dataclass

from deltaci.states import BUILD_WORDS, DEPLOYMENT_WORDS


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event: its endpoint, and the names of its own fields."""

    noun: str
    path: str
    default_status: str
    link: str
    """The setting that holds the link to the CI's page."""
    link_fields: tuple[str, ...]
    """How the link is called on the wire."""
    person: str
    """Who did it; begins the names of three fields."""
    words: Mapping[str, str]
    """Every spelling of a status that counts for this kind, and what it means."""

    @property
    def title(self) -> str:
        """The noun at the beginning of a sentence."""
        return self.noun.capitalize()


BUILD = Kind(
    noun="build",
    path="/build-events/",
    default_status="completed",
    link="build_url",
    link_fields=("build_url",),
    person="built_by",
    words=BUILD_WORDS,
)
# The contract says `build_url`, present servers and clients `deploy_url`: both are sent.
DEPLOYMENT = Kind(
    noun="deployment",
    path="/deployment-events/",
    default_status="success",
    link="deploy_url",
    link_fields=("build_url", "deploy_url"),
    person="deployed_by",
    words=DEPLOYMENT_WORDS,
)
KINDS = {kind.path: kind for kind in (BUILD, DEPLOYMENT)}
