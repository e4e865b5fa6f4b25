"""How the runner calls git: with its own configuration only, in an environment it chose.

Repositories are hostile. Nothing of the machine's or the repository's configuration is read, so no
hook, filter, credential helper or protocol helper that they name can run.
"""

import os
from collections.abc import Mapping
from pathlib import Path

_INHERITED = (
    "PATH",
    "LANG",
    "HOME",
    "SSH_AUTH_SOCK",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
)

# safe.directory is for local repositories of another owner: they were registered by an
# administrator, and git asks about them in a child process that sees no other setting of ours.
_SETTINGS = """\
[core]
    hooksPath = /dev/null
    fsmonitor = false
    askPass = true
[transfer]
    fsckObjects = true
[fetch]
    recurseSubmodules = false
    unpackLimit = 1
[submodule]
    recurse = false
[gc]
    auto = 0
[protocol]
    version = 2
[http]
    followRedirects = initial
[safe]
    directory = *
[advice]
    detachedHead = false
"""


def write_git_settings(file: Path, extra: Path | None) -> None:
    """Write the only git configuration that the runner uses, ending with the operator's, if any."""
    include = f'[include]\n    path = "{extra.resolve()}"\n' if extra else ""
    file.write_text(_SETTINGS + include)


def git_environment(settings: Path, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the whole environment of the runner's git commands."""
    return {
        **{name: inherited[name] for name in _INHERITED if name in inherited},
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(settings),
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_ALLOW_PROTOCOL": "file:https:http:ssh",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        "GIT_LFS_SKIP_SMUDGE": "1",
    }
