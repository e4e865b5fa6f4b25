"""The environment that every git command runs in: ours alone, whatever the machine has."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.quotePath": "false",
    "credential.helper": "",
    "gc.auto": "0",
    "http.followRedirects": "false",
    "init.defaultBranch": "main",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
}
"""Given like options of the command line, so that no repository's own settings outrank them."""

NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
ALLOWED_PROTOCOLS = "file:git:http:https:ssh"
_CONFIG_FILE = Path(__file__).with_name("git_hardened.gitconfig")
_PASSED_ON = (
    "PATH",
    "SSH_AUTH_SOCK",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "TMPDIR",
)


def hardened_environment(
    process: Mapping[str, str] | None = None, settings: Mapping[str, str] = NO_SETTINGS
) -> dict[str, str]:
    """Return the variables for a git command: no system or user settings, no prompts, no hooks.

    `process` is the environment to take the few harmless variables from; the real one by default.
    `settings` are for this command alone, and win over ours.
    HOME leads nowhere, so that no `.netrc` or credential store of the service account is used.
    """
    source = os.environ if process is None else process
    passed_on = {name: source[name] for name in _PASSED_ON if name in source}
    return (
        passed_on
        | settings_variables({**SETTINGS, **settings})
        | {
            "HOME": "/nonexistent",
            "LC_ALL": "C",
            "GIT_ALLOW_PROTOCOL": ALLOWED_PROTOCOLS,
            "GIT_ASKPASS": "true",
            "GIT_CONFIG_GLOBAL": str(_CONFIG_FILE),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_PROXY_COMMAND": "",
            "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
            "GIT_TERMINAL_PROMPT": "0",
        }
    )


def settings_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which git takes settings that nothing outranks."""
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, value) in enumerate(settings.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return variables
