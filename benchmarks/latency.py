"""How long from trigger to the first command, and to the end? One run at a time.

Printed beside a bare Temporal workflow of the same shape on the same server in the same process
run: its job start is the floor for ours.
"""

import argparse
import asyncio
import time
from datetime import datetime
from typing import Any

import httpx2
from bare import bare_worker, one_bare_run
from local_stack import LocalStack, local_stack, make_repository

from deltaci.states import RUN, RunState, is_terminal

STEP = "echo T=$(date +%s.%N)"
WARM_UP = 5
TARGET_START_MS = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    arguments = parser.parse_args()
    with local_stack(runners=1) as stack:
        asyncio.run(measure(stack, arguments.runs))


async def measure(stack: LocalStack, runs: int) -> None:
    repository = make_repository(stack.folder / "repository", STEP)
    headers = {"Authorization": f"Bearer {stack.admin_token}"}
    async with httpx2.AsyncClient(base_url=stack.api_url, headers=headers, timeout=30) as api:
        await api.post("/api/v1/repositories", json={"repo_id": "bench", "url": str(repository)})
        rows = [await one_run(api) for _ in range(WARM_UP + runs)][WARM_UP:]
    async with bare_worker(stack.temporal_address) as (client, jobs):
        floor = [await one_bare_run(client, jobs) for _ in range(WARM_UP + runs)][WARM_UP:]
    floor_start = percentile([start for start, _ in floor], 50)
    print(f"{'ms after the trigger':24} {'p50':>8} {'p95':>8}")
    for name in rows[0]:
        show(name, [row[name] for row in rows])
    show("floor: job starts", [start for start, _ in floor])
    show("floor: finished", [end for _, end in floor])
    start = percentile([row["first command runs"] for row in rows], 50)
    verdict = "reached" if start * 1000 <= TARGET_START_MS else "MISSED"
    print(f"start p50 is {start / floor_start:.1f} x the floor; {TARGET_START_MS} ms: {verdict}")


async def one_run(api: httpx2.AsyncClient) -> dict[str, float]:
    begun = time.time()
    answer = await api.post("/api/v1/runs", json={"repo_id": "bench", "ref": "main"})
    accepted, run_id = time.time(), answer.json()["run_id"]
    detail = await finished(api, run_id)
    job = detail["jobs"][0]
    log = await api.get(f"/api/v1/runs/{run_id}/jobs/{job['job']['id']}/logs")
    command = next(line for line in log.text.splitlines() if line.startswith("T="))
    attempt = job["attempts"][0]
    moments = {
        "accepted": accepted,
        "planned": moment(attempt["created_at"]),
        "leased": moment(detail["run"]["started_at"]),
        "first command runs": float(command.removeprefix("T=")),
        "job completed": moment(attempt["completed_at"]),
        "run settled": moment(detail["run"]["finished_at"]),
    }
    return {name: at - begun for name, at in moments.items()}


async def finished(
    api: httpx2.AsyncClient, run_id: str, poll_seconds: float = 0.02
) -> dict[str, Any]:
    while True:
        detail: dict[str, Any] = (await api.get(f"/api/v1/runs/{run_id}")).json()
        if is_terminal(RUN, RunState(detail["run"]["state"])):
            return detail
        await asyncio.sleep(poll_seconds)


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def percentile(values: list[float], rank: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * rank // 100)]


def show(name: str, values: list[float]) -> None:
    middle, slow = percentile(values, 50) * 1000, percentile(values, 95) * 1000
    print(f"{name:24} {middle:8.1f} {slow:8.1f}")


if __name__ == "__main__":
    main()
