"""The two kinds of events that can be tracked, and what differs between them."""

from dataclasses import dataclass


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
    own_aliases: dict[str, str]
    """Other words for a status that count for this kind only."""

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
    own_aliases={"building": "started", "built": "completed"},
)
# The contract says `build_url`, present servers and clients `deploy_url`: both are sent.
DEPLOYMENT = Kind(
    noun="deployment",
    path="/deployment-events/",
    default_status="success",
    link="deploy_url",
    link_fields=("build_url", "deploy_url"),
    person="deployed_by",
    own_aliases={"deploying": "started", "deployed": "completed"},
)
KINDS = {kind.path: kind for kind in (BUILD, DEPLOYMENT)}
