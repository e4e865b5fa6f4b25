"""What a deployer says when it calls back: `POST /v1/deployments/{id}/callback`.

The signature is by the recipe's secret, which every deployment of the recipe shares; so the body
names the deployment, and one that was meant for another deployment does not count. Saying the same
again changes nothing: an end counts only while the deployment is open.
"""

from collections.abc import Mapping
from datetime import datetime

from deltaci.engines.answers import UnreadableAnswerError, parse_object, parse_progress
from deltaci.engines.port import Progress
from deltaci.engines.signatures import BadSignatureError, verify

BODY_MAX_BYTES = 65_536


class CallbackUnauthorizedError(Exception):
    """The call is not signed by this recipe's deployer; the answer is 401."""


class CallbackInvalidError(Exception):
    """The call is signed and says nothing that can be read; the answer is 400."""


def read_callback(
    secret: str, deployment_id: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> Progress:
    """Return what the deployer says of this deployment.

    Header names are lower case. Raises CallbackUnauthorizedError, CallbackInvalidError.
    """
    if len(body) > BODY_MAX_BYTES:
        raise CallbackInvalidError(f"the body has more than {BODY_MAX_BYTES} bytes")
    try:
        verify(secret, headers, body, now)
    except BadSignatureError as error:
        raise CallbackUnauthorizedError(str(error)) from error
    try:
        said = parse_object(body)
        if said.get("deployment_id") != deployment_id:
            raise CallbackInvalidError("deployment_id is missing, or is another deployment's")
        return parse_progress(said, now, (secret,), rollback=False)
    except UnreadableAnswerError as error:
        raise CallbackInvalidError(f"the body cannot be read: {error}") from error
