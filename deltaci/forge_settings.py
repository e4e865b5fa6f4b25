"""Settings of the forges, one model each: `DELTA_CI_GITHUB_TOKEN` is `settings.github.token`."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

NONE = SecretStr("")
SECRET_MIN_LENGTH = 8


class ForgeSettings(BaseModel):
    """What every forge has."""

    model_config = ConfigDict(frozen=True)

    url: str = Field("", description="Where people and git reach it; empty turns it off.")
    api_url: str = Field("", description="Where its API is; empty derives it from the address.")
    webhook_secrets: SecretStr = Field(
        NONE,
        description="Secrets that sign the deliveries of all its repositories, separated by "
        "commas; several at once let you rotate them.",
    )
    token: SecretStr = Field(
        NONE, description="Reports and fetches for repositories that have no token of their own."
    )
    auto_register: bool = Field(
        default=False,
        description="Register a repository that is first seen in a delivery signed by one of the "
        "secrets for all. Whoever can have a delivery signed decides what is run: keep a GitHub "
        "App private that does so.",
    )

    @field_validator("url", "api_url")
    @classmethod
    def _plain_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("must be an http or https address")
        if "@" in value:
            raise ValueError("must not contain credentials")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _secrets_are_worth_it(self) -> Self:
        """Refuse secrets that can be guessed, such as what a comma cuts off of a longer one."""
        if any(len(secret) < SECRET_MIN_LENGTH for secret in self.secrets):
            raise ValueError(
                f"each of webhook_secrets must have at least {SECRET_MIN_LENGTH} characters; "
                "commas separate them"
            )
        if self.auto_register and not self.secrets:
            raise ValueError("webhook_secrets is missing: auto_register is set")
        return self

    @property
    def has_credential(self) -> bool:
        """Whether we may report and fetch for repositories that have no token of their own."""
        return bool(self.token.get_secret_value())

    @property
    def secrets(self) -> tuple[str, ...]:
        """The webhook secrets, one by one."""
        parts = self.webhook_secrets.get_secret_value().split(",")
        return tuple(part.strip() for part in parts if part.strip())


class GitHubSettings(ForgeSettings):
    """github.com, or a GitHub Enterprise Server."""

    url: str = Field("https://github.com", description="Where people and git reach GitHub.")
    api_url: str = Field(
        "", description="Its API; empty means `https://api.github.com`, or `/api/v3` of `url`."
    )
    app_id: str = Field("", description="GitHub App: its id.")
    app_private_key: SecretStr = Field(
        NONE, description="GitHub App: its private key in PEM; `\\n` may stand for line ends."
    )
    app_private_key_file: Path | None = Field(
        None, description="GitHub App: the file with its private key, instead of the key."
    )
    app_installation_id: str = Field(
        "", description="GitHub App: its installation; empty asks GitHub for each repository's."
    )
    allow_sha1: bool = Field(
        default=False,
        description="Accept deliveries that are signed with SHA-1 only, as very old servers do.",
    )

    @property
    def has_credential(self) -> bool:
        """See ForgeSettings; an App counts, too."""
        return bool(self.app_id) or super().has_credential

    @property
    def private_key(self) -> str:
        """The App's key in PEM, from either setting; empty without an App."""
        if self.app_private_key_file is not None:
            return self.app_private_key_file.read_text()
        return self.app_private_key.get_secret_value().replace("\\n", "\n")

    @model_validator(mode="after")
    def _app_is_whole(self) -> Self:
        """Name the field that a half-configured App lacks, rather than fail at the first report."""
        has_key = bool(self.app_private_key.get_secret_value()) or bool(self.app_private_key_file)
        if self.app_private_key.get_secret_value() and self.app_private_key_file:
            raise ValueError("give app_private_key or app_private_key_file, not both")
        if self.app_id and not has_key:
            raise ValueError("app_private_key (or app_private_key_file) is missing: app_id is set")
        if has_key and not self.app_id:
            raise ValueError("app_id is missing: the App's private key is set")
        if self.app_installation_id and not self.app_id:
            raise ValueError("app_id is missing: app_installation_id is set")
        if self.app_private_key_file is not None and not self.app_private_key_file.is_file():
            raise ValueError("app_private_key_file names no file")
        return self


class GitLabSettings(ForgeSettings):
    """gitlab.com, or a GitLab of your own."""

    url: str = Field("https://gitlab.com", description="Where people and git reach GitLab.")


class GiteaSettings(ForgeSettings):
    """A Gitea or Forgejo."""

    url: str = Field(
        "", description="Where people and git reach Gitea or Forgejo; empty turns it off."
    )

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        given = self.token.get_secret_value() or self.secrets or self.auto_register or self.api_url
        if given and not self.url:
            raise ValueError("url is missing: other settings of Gitea are set")
        return self


class BitbucketSettings(ForgeSettings):
    """Bitbucket Cloud."""

    url: str = Field("https://bitbucket.org", description="Where people and git reach Bitbucket.")
