"""GitHub as the settings have it."""

from deltaci.clock import Clock
from deltaci.forge_settings import GitHubSettings
from deltaci.vcs.forge_http import ForgeHttp
from deltaci.vcs.github.api import GitHubApi
from deltaci.vcs.github.app import GitHubApp
from deltaci.vcs.github.app_key import AppKey
from deltaci.vcs.github.webhooks import GitHubWebhooks
from deltaci.vcs.port import Forge, Provider

PUBLIC = "https://github.com"
PUBLIC_API = "https://api.github.com"


def github_forge(settings: GitHubSettings, timeout_seconds: float, clock: Clock) -> Forge:
    """Compose GitHub's adapter. Raises ValueError for an App's key that is none."""
    http = ForgeHttp(api_url(settings), timeout_seconds)
    app = None
    if settings.app_id:
        key = AppKey(settings.app_id, settings.private_key)
        app = GitHubApp(http, key, settings.app_installation_id, clock)
    return Forge(
        provider=Provider.GITHUB,
        webhooks=GitHubWebhooks(allow_sha1=settings.allow_sha1),
        api=GitHubApi(http, app=app, token=settings.token.get_secret_value(), clock=clock),
        url=settings.url,
        secrets=settings.secrets,
        auto_register=settings.auto_register,
        close=http.close,
    )


def api_url(settings: GitHubSettings) -> str:
    """Return where GitHub's API is: a server of one's own has it below its address."""
    if settings.api_url or not settings.url:
        return settings.api_url
    return PUBLIC_API if settings.url == PUBLIC else f"{settings.url}/api/v3"
