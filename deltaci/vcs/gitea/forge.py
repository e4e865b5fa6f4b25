"""Gitea or Forgejo as the settings have it."""

from deltaci.forge_settings import GiteaSettings
from deltaci.vcs.forge_http import ForgeHttp
from deltaci.vcs.gitea.api import GiteaApi
from deltaci.vcs.gitea.webhooks import GiteaWebhooks
from deltaci.vcs.port import Forge, Provider

API_PATH = "/api/v1"


def gitea_forge(settings: GiteaSettings, timeout_seconds: float) -> Forge:
    """Build the adapter; nothing is called yet."""
    http = ForgeHttp(settings.api_url or settings.url + API_PATH, timeout_seconds)
    return Forge(
        provider=Provider.GITEA,
        webhooks=GiteaWebhooks(),
        api=GiteaApi(http, settings.token.get_secret_value()),
        url=settings.url,
        secrets=settings.secrets,
        auto_register=settings.auto_register,
        close=http.close,
    )
