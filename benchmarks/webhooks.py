"""How many webhook deliveries a second are stored, deduplicated and answered?

Every delivery is sent twice: half of them create runs, half are duplicates. Measured with the API
alone, and with the whole stack behind it that starts those runs meanwhile. The floor is bare
FastAPI that checks the signature and inserts one row, on the same machine under the same load.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import random

from http_load import ROOT, api_alone, bare, load, show
from local_stack import local_stack

TARGET_RATE, TARGET_P99_SECONDS = 400, 0.050
SECRET = "a secret of the benchmark"  # noqa: S105
FULL_NAME = "acme/shop"
HOOK = "/api/v1/webhooks/gitea"
FIXTURE = "tests/fixtures/webhooks/gitea/push.branch.json"
HERE = {
    "DELTA_CI_GITEA_URL": "http://127.0.0.1:9",
    "DELTA_CI_GITEA_WEBHOOK_SECRETS": SECRET,
    "DELTA_CI_GITEA_AUTO_REGISTER": "true",
    "DELTA_CI_GIT_HOSTS": "127.0.0.1",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=2000)
    arguments = parser.parse_args()
    os.environ.update(HERE)
    half = arguments.deliveries // 2
    expected = {201: half, 202: half}
    with bare(SECRET) as url:
        floor = asyncio.run(load(url, deliveries(half), expected))
    show("floor: bare FastAPI, one insert", floor)
    with api_alone() as (url, _):
        alone = asyncio.run(load(f"{url}{HOOK}", deliveries(half), expected))
    show("API alone", alone, floor)
    with local_stack(runners=0) as stack:
        whole = asyncio.run(load(f"{stack.api_url}{HOOK}", deliveries(half), expected))
    show("the whole stack, starting runs", whole, floor)
    rate, p99 = alone
    reached = rate >= TARGET_RATE and p99 < TARGET_P99_SECONDS
    wanted = f"{TARGET_RATE}/s with p99 < {TARGET_P99_SECONDS * 1000:.0f} ms"
    print(f"target of the API alone, {wanted}: {'reached' if reached else 'MISSED'}")


def deliveries(distinct: int) -> list[bytes]:
    """Whole HTTP requests, each distinct delivery twice, in a random order."""
    payload = json.loads((ROOT / FIXTURE).read_text())
    payload["repository"]["full_name"] = FULL_NAME
    calls = []
    for number in range(distinct):
        payload["after"] = hashlib.sha1(str(number).encode()).hexdigest()  # noqa: S324
        body = json.dumps(payload).encode()
        calls += [request(body, f"delivery-{number}")] * 2
    random.Random(1).shuffle(calls)  # noqa: S311
    return calls


def request(body: bytes, delivery_id: str) -> bytes:
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    lines = (
        "POST {path} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        "X-Gitea-Event: push",
        f"X-Gitea-Delivery: {delivery_id}",
        f"X-Gitea-Signature: {signature}",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


if __name__ == "__main__":
    main()
