"""Connect to Temporal, the same way from every process."""

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig

from deltaci.settings import Settings


async def connect(settings: Settings, *, identity: str, lazy: bool = False) -> Client:
    """Return a client; TLS and API keys come from Temporal's own `TEMPORAL_…` variables.

    With `lazy` the process starts even while Temporal is down, and the first call connects.
    """
    profile = ClientConfig.load_client_connect_config()
    profile["target_host"] = settings.temporal_address
    profile["namespace"] = settings.temporal_namespace
    return await Client.connect(
        **profile,
        data_converter=pydantic_data_converter,
        identity=identity,
        lazy=lazy,
    )
