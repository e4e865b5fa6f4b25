"""Which of Gitea's and Forgejo's signatures counts."""

import hashlib
import hmac

import pytest

from deltaci.vcs.gitea.webhooks import GiteaWebhooks

BODY, SECRET = b'{"ref": "refs/heads/main"}', "secret"
RIGHT = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()
WRONG = hmac.new(b"other", BODY, hashlib.sha256).hexdigest()
SHA1 = hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest()


@pytest.mark.parametrize(
    ("headers", "believed"),
    [
        ({"x-gitea-signature": RIGHT}, True),
        ({"x-forgejo-signature": RIGHT}, True),
        ({"x-hub-signature-256": f"sha256={RIGHT}"}, True),
        ({"x-forgejo-signature": RIGHT, "x-gitea-signature": WRONG}, True),
        ({"x-gitea-signature": WRONG, "x-hub-signature-256": f"sha256={RIGHT}"}, False),
        ({"x-gitea-signature": "", "x-hub-signature-256": "sha256="}, False),
        ({"x-gitea-signature": f"sha256={RIGHT}"}, False),
        ({"x-gitea-signature": RIGHT.upper()}, False),
        ({"x-hub-signature-256": RIGHT}, False),
        ({"x-hub-signature-256": f"sha1={RIGHT}"}, False),
        ({"x-hub-signature": f"sha1={SHA1}"}, False),
        ({"x-gogs-signature": RIGHT}, False),
        ({"x-gitea-signature": SHA1}, False),
        ({}, False),
    ],
)
def test_the_first_signature_counts_in_the_form_of_its_header(
    headers: dict[str, str], believed: bool
) -> None:
    webhooks = GiteaWebhooks()
    delivery = webhooks.read({"x-gitea-event": "push", **headers}, BODY)

    assert webhooks.verify(delivery, [SECRET]) is believed
