"""Settings of notifications: `DELTA_CI_NOTIFICATIONS_SMTP_HOST` is `notifications.smtp_host`."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from deltaci.artifact_places import listed

NONE = SecretStr("")
Seconds = Annotated[int, Field(ge=1)]


class NotificationSettings(BaseModel):
    """How channels are reached, and for how long that is tried."""

    model_config = ConfigDict(frozen=True)

    private_hosts: str = Field(
        "",
        description="Hosts, separated by commas, that channels may lead to although their "
        "addresses are private, loopback or link-local; `any` for all of them.",
    )
    apprise_schemes: str = Field(
        "discord,gchat,msteams,opsgenie,pagerduty,pover,slack,tgram,workflows",
        description="Kinds of Apprise addresses, separated by commas, that channels may have; "
        "empty for none.",
    )
    timeout_seconds: Seconds = Field(10, description="Longest that one try of a receiver takes.")
    give_up_hours: Annotated[int, Field(ge=1)] = Field(
        24, description="How long a notification is tried before it is put aside as failed."
    )
    at_once_max_count: Annotated[int, Field(ge=1)] = Field(
        20, description="Most notifications that one worker sends at once."
    )
    keep_days: Annotated[int, Field(ge=1)] = Field(
        90, description="How long the history of notifications is kept."
    )
    smtp_host: str = Field("", description="Server that takes e-mail; empty turns e-mail off.")
    smtp_port: Annotated[int, Field(ge=1, le=65_535)] = Field(587, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the way there is kept private; `none` sends in the clear."
    )
    smtp_user: str = Field("", description="Who we are there; empty when it asks nobody.")
    smtp_password: SecretStr = Field(NONE, description="Its password.")
    smtp_from: str = Field("", description="The address that e-mail comes from.")

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        """Name what e-mail lacks now rather than at the first notification."""
        if self.smtp_host and not self.smtp_from:
            raise ValueError("smtp_from is missing: smtp_host is set")
        if self.smtp_user and self.smtp_security == "none":
            raise ValueError("smtp_security is none: a password must not be sent in the clear")
        return self

    @property
    def private(self) -> frozenset[str]:
        """The hosts of `private_hosts`, in lower case."""
        return frozenset(host.lower() for host in listed(self.private_hosts))

    @property
    def schemes(self) -> frozenset[str]:
        """The kinds of `apprise_schemes`, in lower case."""
        return frozenset(scheme.lower() for scheme in listed(self.apprise_schemes))
