"""Bitbucket Cloud as these settings have it."""

from urllib.parse import urlsplit

from deltaci.forge_settings import BitbucketSettings
from deltaci.vcs.bitbucket.api import BitbucketApi
from deltaci.vcs.bitbucket.webhooks import BitbucketWebhooks
from deltaci.vcs.forge_http import ForgeHttp
from deltaci.vcs.port import Forge, Provider

VERSION = "/2.0"


def bitbucket_forge(settings: BitbucketSettings, timeout_seconds: float) -> Forge:
    """Return Bitbucket Cloud; each call to it takes at most this long."""
    http = ForgeHttp(settings.api_url or _api_url(settings.url), timeout_seconds)
    api = BitbucketApi(http, settings.token.get_secret_value(), settings.url)
    return Forge(
        provider=Provider.BITBUCKET,
        webhooks=BitbucketWebhooks(),
        api=api,
        url=settings.url,
        secrets=settings.secrets,
        auto_register=settings.auto_register,
        close=http.close,
        commits=api,
    )


def _api_url(url: str) -> str:
    """Return where the API is: on a host of its own beside the one for people."""
    address = urlsplit(url)
    return f"{address.scheme}://api.{address.netloc}{VERSION}"
