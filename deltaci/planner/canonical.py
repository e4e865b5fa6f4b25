"""Plans and jobs as canonical JSON: one byte sequence per value, and back again."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from deltaci.planner.model import (
    ArtifactSpec,
    CacheSpec,
    JobPolicy,
    JobSpec,
    Plan,
    PlannedJob,
    PlanRequest,
)

PLANNER_VERSION = "1"
"""Part of every plan id: raised whenever equal inputs may plan differently."""


def plan_to_json(plan: Plan) -> bytes:
    """Return the plan as canonical JSON: sorted keys, no spaces, ASCII."""
    return _dumps(plan).encode("ascii")


def jobs_to_json(jobs: Iterable[PlannedJob]) -> str:
    """Return jobs as canonical JSON text, for storing in a recipe."""
    return _dumps(list(jobs))


def jobs_from_json(text: str) -> tuple[PlannedJob, ...]:
    """Return the jobs that `jobs_to_json` wrote. Raises ValueError for anything else."""
    try:
        return tuple(_job(content) for content in json.loads(text))
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a stored job set: {error}") from error


def plan_id_of(request: PlanRequest, *also: str) -> str:
    """Return `plan_` and a hash over everything that the planner reads.

    `also` is what only some plans read beside the rest.
    """
    total = hashlib.sha256()
    diff = [[change.kind, change.path, change.old_path] for change in request.diff.changes]
    inputs = [
        PLANNER_VERSION,
        request.repo_id,
        request.commit_sha,
        request.fork,
        request.diff.unavailable,
        sorted(diff, key=str),
        sorted(
            [each.id, each.version, each.fingerprint, jobs_to_json(each.jobs)]
            for each in request.recipes
        ),
        *also,
    ]
    total.update(_dumps(inputs).encode("ascii"))
    entries = request.tree.entries
    listing = "".join(
        f"\0{path}\0{entries[path].kind}{entries[path].oid}" for path in sorted(entries)
    )
    total.update(listing.encode("utf-8", "surrogateescape"))
    return f"plan_{total.hexdigest()[:40]}"


def _dumps(value: Any) -> str:
    return json.dumps(
        value, default=_fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True
    )


def _fields(value: Any) -> dict[str, Any]:
    """One level of a slotted dataclass: several times faster than `asdict`, which copies deeply."""
    return {name: getattr(value, name) for name in value.__slots__}


def _job(content: Mapping[str, Any]) -> PlannedJob:
    spec, policy = content["spec"], content["policy"]
    return PlannedJob(
        name=content["name"],
        required=content["required"],
        spec=JobSpec(
            name=spec["name"],
            steps=tuple(spec["steps"]),
            workdir=spec["workdir"],
            image=spec["image"],
            env=dict(spec["env"]),
            artifacts=tuple(ArtifactSpec(**each) for each in spec["artifacts"]),
            caches=tuple(_cache(each) for each in spec["caches"]),
        ),
        reason=content["reason"],
        depends_on=tuple(content["depends_on"]),
        policy=JobPolicy(
            retries=policy["retries"],
            timeout_seconds=policy["timeout_seconds"],
            retry_on=tuple(policy["retry_on"]),
        ),
        runs_on=tuple(content["runs_on"]),
    )


def _cache(content: Mapping[str, Any]) -> CacheSpec:
    paths: Sequence[str] = content["paths"]
    return CacheSpec(content["type"], content["key"], tuple(paths), content["read_only"])
