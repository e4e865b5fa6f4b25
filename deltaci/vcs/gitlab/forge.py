"""GitLab as these settings have it."""

from deltaci.forge_settings import GitLabSettings
from deltaci.vcs.forge_http import ForgeHttp
from deltaci.vcs.gitlab.api import GitLabApi
from deltaci.vcs.gitlab.webhooks import GitLabWebhooks
from deltaci.vcs.port import Forge, Provider

API = "/api/v4"


def gitlab_forge(settings: GitLabSettings, timeout_seconds: float) -> Forge:
    """Return GitLab; each call to it takes at most this long."""
    http = ForgeHttp(settings.api_url or settings.url + API, timeout_seconds)
    return Forge(
        provider=Provider.GITLAB,
        webhooks=GitLabWebhooks(),
        api=GitLabApi(http, settings.token.get_secret_value()),
        url=settings.url,
        secrets=settings.secrets,
        auto_register=settings.auto_register,
        close=http.close,
    )
