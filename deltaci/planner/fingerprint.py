"""The fingerprint of everything that defines how the repository is built (spec §4.6)."""

from deltaci.planner.ecosystems import ECOSYSTEMS
from deltaci.planner.files import RepositoryFiles

CONFIG_FILE = "ci.ai.yaml"
_CONTRACT_NAMES = frozenset(
    {
        "BUILD.bazel",
        "Cargo.toml",
        "Dockerfile",
        "Makefile",
        "Taskfile.yml",
        "WORKSPACE",
        "build.gradle",
        "build.gradle.kts",
        "go.mod",
        "go.sum",
        "go.work",
        "go.work.sum",
        "justfile",
        "package-lock.json",
        "package.json",
        "pnpm-lock.yaml",
        "pom.xml",
        "settings.gradle",
        "settings.gradle.kts",
        "yarn.lock",
        CONFIG_FILE,
    }
)
FINGERPRINT_NAMES = _CONTRACT_NAMES.union(
    *(ecosystem.build_files | ecosystem.lock_files for ecosystem in ECOSYSTEMS)
)
"""The contract's list, and whatever the steps of a discovered job may depend on."""


def fingerprint_of(files: RepositoryFiles) -> str:
    """Return `sha256:…` over those files at any depth, or empty text when there are none."""
    paths = sorted(path for name in FINGERPRINT_NAMES for path in files.named(name))
    return f"sha256:{files.digest(paths)}" if paths else ""
