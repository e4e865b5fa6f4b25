"""Bodies that are read as they came, because a signature is over their bytes."""

from fastapi import Request
from starlette.requests import ClientDisconnect

from deltaci.errors import InvalidRequestError

AS_IT_IS = frozenset({"", "identity"})


async def raw_body(request: Request) -> bytes:
    """Return the body's bytes. Raises InvalidRequestError for an encoded one.

    Nothing is ever decompressed: a small body could become a large one.
    """
    if request.headers.get("Content-Encoding", "").strip().lower() not in AS_IT_IS:
        raise InvalidRequestError("the body must not be compressed: Content-Encoding is not read")
    try:
        return await request.body()
    except ClientDisconnect as error:
        raise InvalidRequestError("the body did not arrive whole") from error


def lower_case_headers(request: Request) -> dict[str, str]:
    """Return the headers by lower-case name; of one that came twice, the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers.raw}
