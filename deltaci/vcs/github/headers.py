"""What every call to GitHub says about itself."""

VERSION = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


def bearer(token: str) -> dict[str, str]:
    """Return the headers of a call with this credential."""
    return {**VERSION, "Authorization": f"Bearer {token}"}
