"""How checks look on forges that show one short line and know no skipped ones."""

from deltaci.vcs.forge_texts import cut_line
from deltaci.vcs.port import Check

LINE_MAX_LENGTH = 255


def status_name(check: Check) -> str:
    """Return the check's name, as long as forges take it."""
    return cut_line(check.name, LINE_MAX_LENGTH)


def status_line(check: Check) -> str:
    """Return the check's title, as long as forges take it; it says that a skipped one is."""
    return cut_line(check.title, LINE_MAX_LENGTH)
