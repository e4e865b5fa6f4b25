"""Every engine, by its type."""

from deltaci.clock import Clock
from deltaci.engine_settings import EngineSettings
from deltaci.engines.noop import NoopEngine
from deltaci.engines.port import Engines, JobOffice
from deltaci.engines.runner import RunnerEngine
from deltaci.engines.webhook import WebhookEngine


def every_engine(settings: EngineSettings, jobs: JobOffice, clock: Clock) -> Engines:
    """Build the engines; `jobs` has jobs run on our runners."""
    engines = (NoopEngine(clock), WebhookEngine(settings, clock), RunnerEngine(jobs, clock))
    return {engine.engine_type: engine for engine in engines}
