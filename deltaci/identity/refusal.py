"""All that a caller is told about a token that does not count: more would help to forge one."""

NOT_VALID = "the access token is not valid"
EXPIRED = "the access token has expired"
