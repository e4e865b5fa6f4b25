"""Parts of a written page that are generated, between two marks."""


def between(present: str, what: str, source: str, text: str) -> str:
    """Return the page with `text` between the marks of `what`. Raises ValueError without them."""
    begin = f"<!-- {what}: written by `make docs` from {source} -->\n"
    end = f"<!-- end of {what} -->\n"
    before, _, rest = present.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"the page has lost its marks {begin.strip()} {end.strip()}")
    return before + begin + text + end + after
