"""Hidden lines of comments: Bitbucket shows HTML comments, and hides unused link definitions."""

import re

_HTML_COMMENT = re.compile(r"<!-- ([\w:. /-]*) -->")
_LINK_DEFINITION = r"[//]: # (\1)"


def hidden(text: str) -> str:
    """Return the text with each simple HTML comment in the form that Bitbucket hides."""
    return _HTML_COMMENT.sub(_LINK_DEFINITION, text)
