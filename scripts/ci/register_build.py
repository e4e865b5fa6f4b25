#!/usr/bin/env python3
"""Register a build whose artifact exists already, so that it may be deployed.

One file for any CI: Python 3.8 or newer, nothing to install. It reads from the environment
DXCP_API_BASE, the API's address, and one credential, the first of these (or what --auth names):

  token        DXCP_TOKEN, or the variable that --token-variable names: any token, such as an
               ID token of GitLab
  github       the job's own ID token; needs `id-token: write` and GOV_AUTH0_AUDIENCE
  credentials  GOV_AUTH0_DOMAIN, GOV_AUTH0_AUDIENCE, GOV_CI_CLIENT_ID, GOV_CI_CLIENT_SECRET

Exit codes: 0 registered; 1 not, and standard error says why; 2 the command line is wrong.
"""

from __future__ import annotations

import argparse
import http.client
import ipaddress
import json
import os
import random
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Mapping, NamedTuple

REQUIRED = (
    ("--service", "service", "name of the service"),
    ("--version", "version", "MAJOR.MINOR.PATCH, optionally -PRERELEASE"),
    ("--artifact-ref", "artifactRef", "where the artifact is, such as s3://bucket/key.zip"),
    ("--git-sha", "git_sha", "commit that was built"),
    ("--git-branch", "git_branch", "branch that was built"),
    ("--ci-provider", "ci_provider", "such as github, gitlab or jenkins"),
    ("--ci-run-id", "ci_run_id", "the CI's id of the run; the same when it is run again"),
    ("--built-at", "built_at", "ISO 8601 with an offset; the same when it is run again"),
)
OPTIONAL = (
    ("--commit-url", "commit_url", "page of the commit"),
    ("--run-url", "run_url", "page of the run"),
    ("--checksum-sha256", "checksum_sha256", "SHA-256 of the artifact, as hex"),
    ("--repo", "repo", "repository that was built"),
    ("--actor", "actor", "who started the run"),
)
METADATA = frozenset({"commit_url", "run_url"})
WORTH_A_FALLBACK = frozenset({"INVALID_REQUEST", "INVALID_BUILD_REGISTRATION", "INVALID_URL"})
TOKEN_VARIABLE = "DXCP_TOKEN"  # noqa: S105 - a name
SECRETS = (TOKEN_VARIABLE, "GOV_CI_CLIENT_SECRET", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")

JSON = "application/json"
LONGEST_PAUSE_SECONDS = 60.0
LONGEST_ANSWER_BYTES = 1 << 20
OK, CREATED, BAD_REQUEST, TOO_MANY_REQUESTS, SERVER_ERROR = 200, 201, 400, 429, 500

Args = argparse.Namespace
Environment = Mapping[str, str]


class NotRegisteredError(Exception):
    """Why there is no registration, for whoever reads the CI's log."""


class Answer(NamedTuple):
    """What a server said; `document` is empty unless it was a JSON object."""

    status: int
    headers: Mapping[str, str]
    document: dict[str, Any]


class Credential(NamedTuple):
    """A token, and the claims that `/whoami` must see in it."""

    token: str
    expected: Mapping[str, str]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    # A redirect would carry the token to wherever it points.
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Client:
    """JSON over HTTP. Whatever is sent may be sent again: reads, and writes that carry a key."""

    def __init__(self, args: Args) -> None:
        self._args = args

    def send(self, url: str, headers: Mapping[str, str], body: Any = None) -> Answer:
        """Return the answer, be it a refusal; raises NotRegisteredError when there is none.

        A broken connection, 429 and 5xx are tried again, unless the server wants a long pause.
        """
        attempt = 1
        while True:
            answer, problem = self._try(url, headers, body)
            if answer and answer.status < SERVER_ERROR and answer.status != TOO_MANY_REQUESTS:
                return answer
            asked = (answer.headers.get("Retry-After") or "") if answer else ""
            jitter = random.uniform(0.5, 1)  # noqa: S311 - spreads the load, protects nothing
            backoff = self._args.backoff_seconds * 2 ** (attempt - 1) * jitter
            wanted = float(asked) if asked.isdecimal() else 0.0
            if attempt >= self._args.attempts or wanted > LONGEST_PAUSE_SECONDS:
                break
            pause = max(wanted, min(backoff, LONGEST_PAUSE_SECONDS))
            print(f"{one_line(problem)}; trying again in {pause:.1f} s", file=sys.stderr)
            time.sleep(pause)
            attempt += 1
        if answer is None:
            raise NotRegisteredError(problem)
        return answer

    def _try(self, url: str, headers: Mapping[str, str], body: Any) -> tuple[Answer | None, str]:
        host = urllib.parse.urlsplit(url).netloc
        try:
            answer = self._once(url, headers, body)
        except (OSError, http.client.HTTPException) as error:
            return None, f"no answer from {host}: {getattr(error, 'reason', error)}"
        return answer, f"{host} answered {answer.status}"

    def _once(self, url: str, headers: Mapping[str, str], body: Any) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        common = {"Accept": JSON, "User-Agent": "register_build.py", "Content-Type": JSON}
        request = urllib.request.Request(url, data, {**common, **headers})  # noqa: S310 - checked
        direct = [urllib.request.ProxyHandler({})] if is_loopback(url) else []
        opener = urllib.request.build_opener(_NoRedirect, *direct)
        try:
            with opener.open(request, timeout=self._args.timeout_seconds) as response:
                return _read(response)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return _read(refusal)


def _read(response: Any) -> Answer:
    try:
        document = json.loads(response.read(LONGEST_ANSWER_BYTES))
    except ValueError:
        document = None
    return Answer(
        response.getcode(), response.headers, document if isinstance(document, dict) else {}
    )


def one_line(text: str) -> str:
    """Return a text that cannot drive the log's reader, whoever wrote it."""
    return "".join(each if each.isprintable() else " " for each in text)


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine, where nobody listens in."""
    host = urllib.parse.urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def required(environment: Environment, name: str) -> str:
    """Return a variable's value; raises NotRegisteredError when there is none."""
    value = environment.get(name, "").strip()
    if not value:
        raise NotRegisteredError(f"Missing required env var: {name}")
    return value


def safe_address(name: str, url: str, args: Args) -> str:
    """Return an address that a secret may be sent to; raises NotRegisteredError otherwise."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise NotRegisteredError(f"{name} must be an address like https://host")
    if parts.scheme == "http" and not args.allow_http and not is_loopback(url):
        raise NotRegisteredError(
            f"{name} must begin with https:// (--allow-http takes it as it is)"
        )
    return url


def api_base(args: Args, environment: Environment) -> str:
    """Return the API's address, which ends with `/v1`."""
    name = "DXCP_API_BASE"
    url = safe_address(name, required(environment, name).rstrip("/"), args)
    return url if url.endswith("/v1") else f"{url}/v1"


def idempotency_key(args: Args) -> str:
    """Return the key that makes running the job again harmless."""
    key: str = args.idempotency_key or ""
    if not key and args.ci_provider.lower() == "github":
        key = f"github-{args.ci_run_id}-{args.service}-{args.version}"
    if not key:
        raise NotRegisteredError("Provide --idempotency-key for non-github ci-provider values")
    return header_value("idempotency key", key)


def header_value(name: str, text: str) -> str:
    """Return a text that fits into a header; raises NotRegisteredError for any other."""
    if not (text.isascii() and text.isprintable()):
        raise NotRegisteredError(f"the {name} is not a single line of ASCII")
    return text


def bearer(token: str) -> dict[str, str]:
    """Return the header that shows a token."""
    return {"Authorization": "Bearer " + header_value("token", token)}


def obtain_credential(args: Args, environment: Environment, client: Client) -> Credential:
    """Return the credential that --auth names, or the first that the environment has."""
    kind = args.auth if args.auth != "auto" else _kind_at_hand(args, environment)
    if kind == "token":
        return Credential(required(environment, args.token_variable or TOKEN_VARIABLE), {})
    if kind == "github":
        return _github_id_token(args, environment, client)
    return _client_credentials(args, environment, client)


def _kind_at_hand(args: Args, environment: Environment) -> str:
    if args.token_variable or environment.get(TOKEN_VARIABLE, "").strip():
        return "token"
    return "github" if environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN") else "credentials"


def _github_id_token(args: Args, environment: Environment, client: Client) -> Credential:
    audience = required(environment, "GOV_AUTH0_AUDIENCE")
    name = "ACTIONS_ID_TOKEN_REQUEST_URL"
    url = safe_address(name, required(environment, name), args)
    url += ("&" if "?" in url else "?") + urllib.parse.urlencode({"audience": audience})
    asking = bearer(required(environment, "ACTIONS_ID_TOKEN_REQUEST_TOKEN"))
    return Credential(_token_in(client.send(url, asking), "value"), {"aud": audience})


def _client_credentials(args: Args, environment: Environment, client: Client) -> Credential:
    domain = required(environment, "GOV_AUTH0_DOMAIN").rstrip("/")
    audience = required(environment, "GOV_AUTH0_AUDIENCE")
    client_id = required(environment, "GOV_CI_CLIENT_ID")
    secret = required(environment, "GOV_CI_CLIENT_SECRET")
    is_plain = domain.startswith("http://") and (args.allow_http or is_loopback(domain))
    url = ("http://" if is_plain else "https://") + domain.split("://")[-1]
    issuer = safe_address("GOV_AUTH0_DOMAIN", url, args)
    grant = {"grant_type": "client_credentials", "audience": audience}
    body = {**grant, "client_id": client_id, "client_secret": secret}
    token = _token_in(client.send(f"{issuer}/oauth/token", {}, body), "access_token")
    subject = f"{client_id}@clients"
    return Credential(
        token, {"iss": f"{issuer}/", "aud": audience, "azp": client_id, "sub": subject}
    )


def _token_in(answer: Answer, name: str) -> str:
    # Nothing of the answer is shown: it may repeat what it was sent.
    token = answer.document.get(name)
    if answer.status != OK or not isinstance(token, str) or not token:
        raise NotRegisteredError(f"the token endpoint answered {answer.status} without a token")
    return token


def assert_identity(identity: Mapping[str, Any], expected: Mapping[str, str]) -> None:
    """Raise NotRegisteredError that names every claim which is not as expected."""
    wrong = []
    for claim, wanted in expected.items():
        seen = identity.get(claim)
        holds = wanted in (seen if isinstance(seen, list) else [seen])
        if not holds and not (claim == "sub" and wanted in str(seen)):
            wrong.append(f"{claim} mismatch: expected {wanted!r}, got {seen!r}")
    if wrong:
        raise NotRegisteredError("/whoami identity assertions failed: " + "; ".join(wrong))


def register(
    args: Args, client: Client, url: str, headers: Mapping[str, str]
) -> tuple[Answer, str]:
    """Return the API's answer, and whether the URLs are part of what it registered."""
    body = build(args)
    answer = client.send(url, headers, body)
    code = str(answer.document.get("code"))
    is_invalid = answer.status == BAD_REQUEST and code in WORTH_A_FALLBACK
    if is_invalid and METADATA & body.keys() and args.metadata_fallback_mode == "auto":
        print(f"refused as {code}; trying once more without the URLs", file=sys.stderr)
        body = {name: value for name, value in body.items() if name not in METADATA}
        answer = client.send(url, headers, body)
    return answer, "with_metadata" if METADATA & body.keys() else "without_metadata"


def build(args: Args) -> dict[str, str]:
    """Return what is registered; what is empty is left out."""
    values = {field: getattr(args, field) for _, field, _ in (*REQUIRED, *OPTIONAL)}
    return {field: value for field, value in values.items() if value}


def explain(what: str, answer: Answer, identity: Mapping[str, Any] | None = None) -> str:
    """Say why the API refused; with `identity`, also whom it refused."""
    said = answer.document
    parts = [
        f"{what} failed: HTTP {answer.status} {said.get('code', '')} {said.get('message', '')}"
    ]
    parts += [f"{name}={said[name]}" for name in ("details", "request_id") if said.get(name)]
    if identity and said.get("code") == "CI_ONLY":
        parts += [f"{claim}={identity.get(claim)!r}" for claim in ("sub", "iss", "aud", "azp")]
    return " ".join(parts)


def run(args: Args, environment: Environment, secrets: list[str]) -> str:
    """Register the build and return the line that says so; what is secret is added to `secrets`."""
    client, base, key = Client(args), api_base(args, environment), idempotency_key(args)
    url, headers = f"{base}/builds/register", {"Idempotency-Key": key}
    if args.dry_run:
        request = {"method": "POST", "url": url, "headers": headers, "body": build(args)}
        return json.dumps(request)
    credential = obtain_credential(args, environment, client)
    secrets.append(credential.token)
    whoami = client.send(f"{base}/whoami", bearer(credential.token))
    if whoami.status != OK or not whoami.document:
        raise NotRegisteredError(explain("GET /whoami", whoami))
    if not args.skip_whoami_assert:
        assert_identity(whoami.document, credential.expected)
    answer, metadata_mode = register(args, client, url, {**headers, **bearer(credential.token)})
    if answer.status not in {OK, CREATED}:
        raise NotRegisteredError(explain("Build registration", answer, whoami.document))
    if not answer.document.get("ci_publisher"):
        raise NotRegisteredError("Build registration response missing ci_publisher")
    replayed = answer.headers.get("Idempotency-Replayed") or "missing"
    return (
        f"registered service={args.service} version={args.version} artifactRef={args.artifactRef} "
        f"idempotency_key={key} ci_publisher={answer.document['ci_publisher']} "
        f"idempotency_replayed={replayed} metadata_mode={metadata_mode}"
    )


def parse(arguments: list[str] | None = None) -> Args:
    """Read the command line; ends the process with 2 when it is wrong."""
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shape, allow_abbrev=False)
    for flag, field, meaning in REQUIRED:
        parser.add_argument(flag, dest=field, required=True, help=meaning)
    for flag, field, meaning in OPTIONAL:
        parser.add_argument(flag, dest=field, help=meaning)
    add = parser.add_argument
    add("--idempotency-key", help="default on github: github-RUN-SERVICE-VERSION")
    add("--skip-whoami-assert", action="store_true", help="register as whoever the token is")
    add(
        "--metadata-fallback-mode",
        choices=("auto", "off"),
        default="auto",
        help="auto: when refused as invalid, try once more without the URLs",
    )
    add("--auth", choices=("auto", "token", "github", "credentials"), default="auto", help="above")
    add("--token-variable", help="variable that holds the token (DXCP_TOKEN)")
    add("--attempts", type=int, default=5, help="how often each request is tried (5)")
    add("--backoff-seconds", type=float, default=1.0, help="pause after the first; doubles (1)")
    add("--timeout-seconds", type=float, default=30.0, help="for each answer (30)")
    add("--allow-http", action="store_true", help="send tokens unencrypted beyond this machine")
    add("--dry-run", action="store_true", help="print the request; send nothing, need no token")
    args = parser.parse_args(arguments)
    if empty := [flag for flag, field, _ in REQUIRED if not getattr(args, field).strip()]:
        parser.error("must not be empty: " + ", ".join(empty))
    return args


def main(arguments: list[str] | None = None) -> int:
    """Do it, and print how it ended without any secret. Returns the exit code."""
    args = parse(arguments)
    names = {*SECRETS, args.token_variable or TOKEN_VARIABLE}
    secrets = [os.environ.get(name, "").strip() for name in names]
    try:
        text, stream, code = run(args, os.environ, secrets), sys.stdout, 0
    except (NotRegisteredError, ValueError) as error:
        text, stream, code = f"ERROR: {error}", sys.stderr, 1
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    print(one_line(text), file=stream)
    return code


if __name__ == "__main__":
    sys.exit(main())
