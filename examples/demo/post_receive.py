"""What the demo's forge does with a push: moves pull requests along, and calls the webhook.

The bare repository's `post-receive` hook runs it. It needs the standard library only, so that a
push is not kept waiting.
"""

import json
import subprocess
import sys
import urllib.request
from http import HTTPStatus
from typing import Any

FULL_NAME = "acme/shop"
DEVELOPER = "ada"
MAIN = "refs/heads/main"
PULLS = "refs/pull"
ANSWER_SECONDS = 30


def main(forge_url: str) -> None:
    """Read from standard input which refs a push moved, and say so where it matters.

    The webhook is set up for pull requests and for pushes to main, as Gitea's branch filter does.
    """
    for line in sys.stdin:
        before, after, ref = line.split()
        if ref == MAIN:
            push = {"ref": ref, "commit_sha": after, "before_sha": before, "sender": DEVELOPER}
            _say(deliver(forge_url, "push", push))
        for number in pull_requests_at(before):
            head = f"{PULLS}/{number}/head"
            git("update-ref", head, after)
            branch = ref.removeprefix("refs/heads/")
            moved = pull_request(number, "synchronize", branch, after)
            _say(deliver(forge_url, "pull_request", moved))


def pull_requests_at(commit: str, folder: str = ".") -> list[int]:
    """Return the numbers of the pull requests whose head is this commit."""
    if not commit.strip("0"):
        return []
    form, pattern = "--format=%(refname)", f"{PULLS}/*/head"
    heads = git("for-each-ref", "--points-at", commit, form, pattern, folder=folder)
    return [int(head.split("/")[2]) for head in heads.splitlines()]


def pull_request(
    number: int, action: str, branch: str, head_sha: str, folder: str = "."
) -> dict[str, Any]:
    """Describe what happened to a pull request of a branch into main."""
    return {
        "number": number,
        "action": action,
        "ref": f"{PULLS}/{number}/head",
        "head_sha": head_sha,
        "head_ref": branch,
        "head_repository": FULL_NAME,
        "target_ref": MAIN,
        "target_sha": git("rev-parse", MAIN, folder=folder),
        "fork": False,
        "draft": False,
        "sender": DEVELOPER,
    }


def deliver(forge_url: str, kind: str, happened: dict[str, Any]) -> dict[str, Any]:
    """Let the forge call its webhook; returns what was answered. Raises OSError or ValueError."""
    order = {"full_name": FULL_NAME, kind: happened}
    answer = ask(forge_url, "deliver", order)
    if answer["status"] >= HTTPStatus.BAD_REQUEST:
        raise ValueError(f"the webhook was answered with {answer['status']}")
    accepted: dict[str, Any] = json.loads(answer["body"])
    return accepted


def ask(forge_url: str, what: str, order: dict[str, Any] | None = None) -> Any:
    """Ask the forge for something that only a stand-in has, past any proxy. Raises OSError."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    body = None if order is None else json.dumps(order).encode()
    with direct.open(f"{forge_url}/_fake/{what}", body, ANSWER_SECONDS) as answer:
        return json.load(answer)


def git(*arguments: str, folder: str = ".") -> str:
    """Run git in the bare repository and return what it prints."""
    command = ["git", "--git-dir", folder, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _say(accepted: dict[str, Any]) -> None:
    """Git shows this to whoever pushed, after `remote: `."""
    print(f"webhook: {accepted['outcome']} {accepted.get('run_id', '')}")


if __name__ == "__main__":
    main(sys.argv[1])
