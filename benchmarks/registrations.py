"""How many builds a second are registered, and how many repeated calls are answered?

Measured with the API alone, which is all that takes part. The floor is bare FastAPI that checks
one signature and inserts one row, on the same machine under the same load.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

from http_load import api_alone, bare, load, show

from deltaci.identity.principal import OUR_ISSUER
from deltaci.identity.roles import Role
from deltaci.identity.tokens import TokenSigner

SECRET = "a secret of the benchmark"  # noqa: S105
SERVICE, CI = "shop", "ci-bench"
REGISTER = "/v1/builds/register"
MOST = 5000
"""What a caller may register in a minute, at most."""
LIMITS = {
    "DELTA_CI_MUTATE_RPM": str(MOST),
    "DELTA_CI_DAILY_QUOTA_BUILD_REGISTER": str(MOST),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--builds", type=int, default=1000, help=f"at most {MOST}")
    count = parser.parse_args().builds
    os.environ.update(LIMITS)
    with bare(SECRET) as url:
        floor = asyncio.run(load(url, [delivery(n) for n in range(count)], {201: count}))
    show("floor: bare FastAPI, one insert", floor)
    with api_alone() as (url, data_dir):
        calls = registrations(url, data_dir, count)
        show("registrations", asyncio.run(load(url + REGISTER, calls, {201: count})), floor)
        show("replays", asyncio.run(load(url + REGISTER, calls, {201: count})), floor)


def delivery(number: int) -> bytes:
    """What the floor inserts: as large as a registration."""
    body = json.dumps(build(number)).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return call(body, {"X-Gitea-Delivery": f"{number}", "X-Gitea-Signature": signature})


def registrations(url: str, data_dir: Path, count: int) -> list[bytes]:
    """Let a publisher in, and return its calls: each registers a version of its own."""
    signer = TokenSigner.load("", data_dir)
    hour = timedelta(hours=1)
    admin = signer.issue("root", [Role.ADMIN], hour).token
    publisher = {"name": CI, "issuers": [OUR_ISSUER], "subjects": [CI]}
    prepare(f"{url}/v1/services", "POST", admin, {"service_name": SERVICE})
    publishers = f"{url}/v1/admin/system/ci-publishers"
    prepare(publishers, "PUT", admin, {"publishers": [publisher]})
    bearer = f"Bearer {signer.issue(CI, [Role.CI_PUBLISHER], hour).token}"
    return [
        call(
            json.dumps(build(number)).encode(),
            {"Authorization": bearer, "Idempotency-Key": f"key-{number}"},
        )
        for number in range(count)
    ]


def prepare(url: str, method: str, token: str, body: dict[str, Any]) -> None:
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": "prepare",
    }
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310


def build(number: int) -> dict[str, str]:
    return {
        "service": SERVICE,
        "version": f"1.0.{number}",
        "artifactRef": f"s3://artifacts/{SERVICE}/{number}.zip",
        "git_sha": hashlib.sha256(str(number).encode()).hexdigest(),
        "git_branch": "main",
        "ci_provider": "bench",
        "ci_run_id": str(number),
        "built_at": "2026-02-27T00:00:00Z",
    }


def call(body: bytes, headers: dict[str, str]) -> bytes:
    lines = [
        "POST {path} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


if __name__ == "__main__":
    main()
