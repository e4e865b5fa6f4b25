"""Two replicas of the API on one database, for what has to hold on all of them at once."""

import itertools
from dataclasses import dataclass
from typing import Any

import httpx2

from deltaci.identity.roles import Role
from deltaci.testing.api_calls import ServedApi

SYSTEM = "/v1/admin/system"

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Replicas:
    """Two applications. Subjects should be the test's own: limits are counted by them."""

    first: ServedApi
    second: ServedApi

    def caller(self, *roles: Role, subject: str = "", second: bool = False) -> httpx2.AsyncClient:
        """Return a client of the first replica, or of the second; by default of nobody known."""
        served = self.second if second else self.first
        return served.caller(*roles, subject=subject or f"caller-{next(_numbers)}")

    async def put(self, setting: str, value: Any) -> None:
        """Change a setting on the first replica, by an admin who has used nothing up."""
        headers = {"Idempotency-Key": f"key-{next(_numbers)}"}
        admin = self.caller(Role.ADMIN)
        answer = await admin.put(f"{SYSTEM}/{setting}", json=value, headers=headers)
        answer.raise_for_status()
