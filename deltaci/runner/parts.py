"""What one runner process has for all of its jobs."""

from dataclasses import dataclass

from deltaci.client.runner import RunnerClient
from deltaci.runner.config import RunnerConfig
from deltaci.runner.executors.select import Executors
from deltaci.runner.places import Places


@dataclass(frozen=True, slots=True)
class Parts:
    """Made once by the agent, handed to each job."""

    config: RunnerConfig
    client: RunnerClient
    executors: Executors
    places: Places
