"""Gathers what a job leaves: its artifacts, and the numbers from its test reports."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from deltaci.client.runner import RunnerClientError
from deltaci.planner.model import ArtifactSpec
from deltaci.runner.artifact_upload import ArtifactUpload, UploadError
from deltaci.runner.artifacts import Found, find_artifacts
from deltaci.runner.job_log import JobLog
from deltaci.runner.lease_keeper import LeaseKeeper
from deltaci.runner.parts import Parts
from deltaci.wire.runner import LeaseGranted, TestSummary

JUNIT = "junit"
"""The artifact type whose files are also read as test reports."""


@dataclass(slots=True)
class Collector:
    """The files of one job that outlive it. Trouble is noted in the log and changes no result."""

    lease: LeaseGranted
    parts: Parts
    keeper: LeaseKeeper
    checkout: Path
    log: JobLog
    tests: TestSummary | None = None

    async def run(self) -> None:
        """Upload every artifact; fill `tests` from those of type `junit`."""
        reports: list[tuple[str, Path]] = []
        for spec in self.lease.job_spec.artifacts:
            found = await asyncio.to_thread(_find, self.checkout, spec)
            for refusal in found.refused:
                self.log.note(f"artifact {spec.type}: {refusal}")
            if not found.files:
                self.log.note(f"artifact {spec.type}: nothing matches {spec.path}")
            if spec.type == JUNIT:
                reports += found.files
            for name, file in found.files:
                await self._upload(spec.type, name, file)
        if reports:
            await self._read(reports)

    async def _upload(self, kind: str, name: str, file: Path) -> None:
        upload = ArtifactUpload(
            self.parts.client, self.keeper, self.lease.lease_id, kind, name, file
        )
        try:
            await upload.run()
        except (RunnerClientError, UploadError, OSError) as error:
            self.log.note(f"artifact {kind}: {name} was not stored: {error}")

    async def _read(self, found: list[tuple[str, Path]]) -> None:
        # Parsing XML costs memory that most jobs never need.
        from deltaci.runner.junit import ReportError, Reports  # noqa: PLC0415

        reports = Reports(self.log.secrets)
        for name, file in found:
            try:
                await asyncio.to_thread(reports.add_file, file)
            except (ReportError, OSError) as error:
                self.log.note(f"test report {name} was not read: {error}")
        self.tests = reports.summary()


def _find(checkout: Path, spec: ArtifactSpec) -> Found:
    return find_artifacts(checkout, spec.path)
