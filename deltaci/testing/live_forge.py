"""A fake forge that serves from a thread of its own, for tests that drive real processes."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

from deltaci.testing.fake_forge.faults import Faults
from deltaci.testing.fake_forge.forge import ACCOUNT, FakeForge
from deltaci.testing.fake_forge.github_app import FakeApp
from deltaci.vcs.port import Provider

TOKEN = "token-of-the-provider"  # noqa: S105  made up: it opens a fake
SECRET = "secret-of-the-provider"  # noqa: S105  made up: it signs for a fake
START_SECONDS = 10


class LiveForge:
    """One provider's forge with a token and a webhook secret for all of its repositories.

    GitHub knows our App besides, as it lets nobody else make check runs. What `fake` shows may be
    read, and its faults set, from the test's thread.
    """

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.fake = FakeForge(provider, token=TOKEN, webhook_secret=SECRET)
        if provider is Provider.GITHUB:
            self.fake.state.app = FakeApp()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"fake {provider}")

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
        """Refuse and drop connections; nothing that it knows is lost."""
        self._do(self.fake.go_down())

    def come_back(self) -> None:
        """Listen, at the same address as before."""
        self._do(self.fake.come_back())

    def behave(self) -> None:
        """Forget all faults and violations, and let the token count again."""
        self.fake.faults = Faults()
        self.fake.violations.clear()
        self.fake.state.accounts[TOKEN] = ACCOUNT

    @property
    def settings(self) -> dict[str, str]:
        """What a process must be told, in its environment, to work with this forge."""
        prefix = f"DELTA_CI_{self.provider.upper()}"
        told = {
            f"{prefix}_URL": self.fake.url,
            f"{prefix}_API_URL": self.fake.api_url,
            f"{prefix}_WEBHOOK_SECRETS": SECRET,
        }
        app = self.fake.state.app
        if app is None:
            return told | {f"{prefix}_TOKEN": TOKEN}
        key = app.private_key.replace("\n", "\\n")
        return told | {f"{prefix}_APP_ID": app.app_id, f"{prefix}_APP_PRIVATE_KEY": key}

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(START_SECONDS)
