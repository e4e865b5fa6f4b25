"""How a build was made, as lines of a terminal."""

from collections.abc import Iterator

from deltaci.client.dxcp_shapes import Provenance, ProvenRun, ProvenSignature


def summary_lines(provenance: Provenance) -> Iterator[str]:
    """How the artifact was looked at, what signs it, and which run made it."""
    yield f"verification: {provenance['verification']}"
    yield f"signature: {_signature(provenance['signature'])}"
    if "run" in provenance:
        yield f"made_by: {provenance['run']['run_id']}"


def provenance_lines(provenance: Provenance) -> Iterator[str]:
    """Everything that is known."""
    yield f"build: {provenance['build_id']}"
    yield f"version: {provenance['service']} {provenance['version']}"
    yield from summary_lines(provenance)
    if "artifact" in provenance:
        kept = provenance["artifact"]
        yield f"artifact: {kept['path']} of {kept['job']} sha256={kept['sha256']}"
    if "run" in provenance:
        yield from _run_lines(provenance["run"])
    else:
        yield "run: none of ours; the publisher's word counts"


def _run_lines(run: ProvenRun) -> Iterator[str]:
    yield f"commit: {run['repo_id']} {run['ref']} @ {run['commit_sha']}"
    yield f"run: {run['kind']} by {run['created_by']}"
    if "trigger" in run:
        trigger = run["trigger"]
        yield f"event: {trigger['provider']} {trigger['event_type']} by {trigger['sender']}"
    yield f"plan: {run['plan_source']} {run['plan_fingerprint']} {run['plan_id']}"
    for job in run["jobs"]:
        optional = "" if job["required"] else " optional"
        yield f"job: {job['name']} {job['state']} attempts={job['attempts']}{optional}"


def _signature(signature: ProvenSignature) -> str:
    words = [signature["state"]]
    if "identity" in signature:
        words.append(f"by {signature['identity']} of {signature.get('issuer', 'nobody')}")
    if "reason" in signature:
        words.append(f"because {signature['reason']}")
    return " ".join(words)
