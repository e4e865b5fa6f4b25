"""Export a proof as an in-toto statement in a signed envelope."""

import base64

import rfc8785

from deltaci.core import Core
from deltaci.deployments.proof import read_proof, statement_of
from deltaci.dsse import load_private_key, sign
from deltaci.identity.principal import Principal
from deltaci.wire.proof import Envelope, EnvelopeSignature, Statement

PAYLOAD_TYPE = "application/vnd.in-toto+json"


async def attest(core: Core, caller: Principal, deployment_id: str) -> Envelope:
    """Return the proof of a deployment as others can check it, without asking us.

    Signed when a key is configured. Raises NotFoundError, NotOfGroupError, and InvalidStateError
    when nothing is known that names the artifact.
    """
    return envelope_of(core, statement_of(await read_proof(core, caller, deployment_id)))


def envelope_of(core: Core, statement: Statement) -> Envelope:
    """Put a statement into an envelope."""
    payload = rfc8785.dumps(statement.model_dump(mode="json", by_alias=True))
    pem = core.settings.proof.pem
    signatures = []
    if pem:
        name, signature = sign(load_private_key(pem), PAYLOAD_TYPE, payload)
        signatures.append(EnvelopeSignature(keyid=name, sig=signature))
    return Envelope(
        payloadType=PAYLOAD_TYPE,
        payload=base64.b64encode(payload).decode(),
        signatures=signatures,
    )
