"""Read a channel's configuration, and show as much of it as gives nothing away."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from deltaci.errors import InvalidRequestError
from deltaci.notification_settings import NotificationSettings
from deltaci.wire.notifications import (
    AppriseConfig,
    CdeventsConfig,
    ChannelType,
    Config,
    EmailConfig,
    SlackConfig,
    WebhookConfig,
)

MODELS: Mapping[ChannelType, type[Config]] = {
    ChannelType.WEBHOOK: WebhookConfig,
    ChannelType.SLACK: SlackConfig,
    ChannelType.EMAIL: EmailConfig,
    ChannelType.APPRISE: AppriseConfig,
    ChannelType.CDEVENTS: CdeventsConfig,
}
HIDDEN = "…"


def read_config(
    settings: NotificationSettings, channel_type: ChannelType, given: Mapping[str, Any]
) -> Config:
    """Return the configuration; nothing of it is in the InvalidRequestError of a wrong one."""
    try:
        config = MODELS[channel_type].model_validate(given)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        told = "; ".join(
            f"config.{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in faults
        )
        raise InvalidRequestError(told) from None
    if isinstance(config, EmailConfig) and not settings.smtp_host:
        raise InvalidRequestError("e-mail is switched off: the server's settings name no SMTP host")
    if isinstance(config, AppriseConfig) and _scheme(config.url) not in settings.schemes:
        allowed = ", ".join(sorted(settings.schemes)) or "none"
        raise InvalidRequestError(f"config.url: the server allows these kinds only: {allowed}")
    return config


def sealable(config: Config) -> str:
    """Write a configuration as what is sealed."""
    return json.dumps(config.model_dump(mode="json", exclude_none=True))


def shown(config: Config) -> dict[str, Any]:
    """Return what may be shown: where it leads, never with what it opens the door."""
    match config:
        case WebhookConfig():
            return {"url": _masked(config.url), "has_secret": config.secret is not None}
        case CdeventsConfig():
            return {"url": _masked(config.url), "has_token": config.token is not None}
        case SlackConfig():
            return {"webhook_url": _masked(config.webhook_url)}
        case EmailConfig():
            name, _, host = config.address.rpartition("@")
            return {"address": f"{name[0]}{HIDDEN}@{host}"}
        case AppriseConfig():
            return {"url": f"{_scheme(config.url)}://{HIDDEN}"}
        case _:
            return {}


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower()


def _masked(url: str) -> str:
    """The path of an address is often all that protects it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{HIDDEN}"
