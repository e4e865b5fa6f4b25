"""How many no-op runs a second when many are asked for at once?

Runners here speak the protocol and execute nothing, so that the control plane alone is measured.
The floor is the same number of bare Temporal workflows of the same shape on the same server. Ends
with what the stack uses when idle.
"""

import argparse
import asyncio
import time
from pathlib import Path

import httpx2
from bare import bare_worker, one_bare_run
from latency import finished
from local_stack import LocalStack, local_stack, make_repository

RUNNERS = 8
CREATES_AT_ONCE = 32
POLL_SECONDS = 0.25  # asking more often would be load of its own
TARGET_SHARE = 0.6
IDLE_SECONDS = 20
TICKS_PER_SECOND = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    arguments = parser.parse_args()
    with local_stack(runners=0) as stack:
        ours, floor = asyncio.run(measure(stack, arguments.runs))
        share = ours / floor
        verdict = "reached" if share >= TARGET_SHARE else "MISSED"
        print(f"burst of {arguments.runs}: {ours:.1f} runs/s, floor {floor:.1f} runs/s")
        print(f"share of the floor: {share:.0%}; {TARGET_SHARE:.0%}: {verdict}")
        show_idle_use(stack)


async def measure(stack: LocalStack, runs: int) -> tuple[float, float]:
    repository = make_repository(stack.folder / "repository", "true")
    admin = {"Authorization": f"Bearer {stack.admin_token}"}
    async with httpx2.AsyncClient(base_url=stack.api_url, headers=admin, timeout=120) as api:
        await api.post("/api/v1/repositories", json={"repo_id": "bench", "url": str(repository)})
        runners = [asyncio.create_task(noop_runner(api, number)) for number in range(RUNNERS)]
        await burst(api, RUNNERS)  # warm everything up
        ours = await burst(api, runs)
        for runner in runners:
            runner.cancel()
        await asyncio.gather(*runners, return_exceptions=True)
    async with bare_worker(stack.temporal_address) as (client, jobs):
        begun = time.perf_counter()
        await asyncio.gather(*(one_bare_run(client, jobs) for _ in range(runs)))
        floor = runs / (time.perf_counter() - begun)
    return ours, floor


async def burst(api: httpx2.AsyncClient, runs: int) -> float:
    at_once, begun = asyncio.Semaphore(CREATES_AT_ONCE), time.perf_counter()

    async def create() -> str:
        async with at_once:
            answer = await api.post("/api/v1/runs", json={"repo_id": "bench", "ref": "main"})
            run_id: str = answer.raise_for_status().json()["run_id"]
            return run_id

    ids = await asyncio.gather(*(create() for _ in range(runs)))
    for run_id in reversed(ids):
        detail = await finished(api, run_id, POLL_SECONDS)
        assert detail["run"]["state"] == "SUCCEEDED", detail["run"]
    return runs / (time.perf_counter() - begun)


async def noop_runner(api: httpx2.AsyncClient, number: int) -> None:
    """Lease, acknowledge, beat once, complete: everything but executing."""
    name = f"noop-{number}"
    token = await api.post("/api/v1/tokens", json={"subject": name, "roles": ["runner"]})
    headers = {"Authorization": f"Bearer {token.json()['token']}"}

    async def say(message: str, **fields: object) -> httpx2.Response:
        body = {"runner_id": name, **fields}
        return await api.post(f"/api/v1/internal/{message}", json=body, headers=headers)

    while True:
        answer = await say("lease", wait_seconds=20)
        if answer.status_code != httpx2.codes.OK:
            continue
        lease = answer.json()
        held = {"lease_id": lease["lease_id"]}
        await say("ack-lease", job_id=lease["job_id"], **held)
        await say("heartbeat", **held)
        await say("complete", status="SUCCEEDED", exit_code=0, **held)


def show_idle_use(stack: LocalStack) -> None:
    """Print CPU and memory of every process of the stack while nothing is asked of it."""
    time.sleep(2)
    processes = descendants(stack.pid)
    before = {pid: cpu_ticks(pid) for pid in processes}
    time.sleep(IDLE_SECONDS)
    total_cpu = total_memory = 0.0
    for pid in processes:
        cpu = (cpu_ticks(pid) - before[pid]) / TICKS_PER_SECOND / IDLE_SECONDS
        memory = proportional_kib(pid) / 1024
        total_cpu, total_memory = total_cpu + cpu, total_memory + memory
        print(f"  {describe(pid):30} {cpu:6.1%} of a core {memory:7.1f} MB")
    print(f"idle: {total_cpu:.1%} of a core, {total_memory:.0f} MB in all")


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in descendants(int(child)))]


def cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def proportional_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def describe(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    for known in ("start-dev", "uvicorn", "worker", "runner", "up"):
        if known in words:
            return {"start-dev": "temporal", "uvicorn": "api", "up": "supervisor"}.get(known, known)
    return Path(words[0]).name


if __name__ == "__main__":
    main()
