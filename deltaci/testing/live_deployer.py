"""A fake deployer that serves from a thread of its own, for tests that drive real processes."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from deltaci.testing.fake_deployer import FakeDeployer
from deltaci.testing.waiting import until

Result = TypeVar("Result")
CALL_SECONDS = 30


class LiveDeployer:
    """What `fake` has begun may be read, and its faults set, from the test's thread."""

    def __init__(self) -> None:
        self.fake = FakeDeployer()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake deployer")

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()
        self.come_back()

    def close(self) -> None:
        """Stop for good."""
        self.go_down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def go_down(self) -> None:
        """Refuse connections; nothing that it knows is lost."""
        self._do(self.fake.go_down())

    def come_back(self) -> None:
        """Listen, at the same address as before."""
        self._do(self.fake.come_back())

    def until_begun(self, key: str) -> None:
        """Wait until the work of a key was begun."""
        until(lambda: key in self.fake.works, f"the deployer has begun {key}")

    def call_back(self, key: str, times: int = 1) -> list[int]:
        """Tell our side how the work of a key stands."""
        return self._do(self.fake.call_back(key, times))

    def _do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_SECONDS)
