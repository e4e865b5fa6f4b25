"""The table of import rules, from the linter's own configuration."""

from configparser import ConfigParser, SectionProxy
from pathlib import Path

CONFIGURATION = Path(__file__).resolve().parents[2] / ".importlinter"
CONTRACT = "importlinter:contract:"


def table() -> str:
    """One row for each rule."""
    configuration = ConfigParser()
    configuration.read(CONFIGURATION)
    rows = [
        _row(configuration[section])
        for section in configuration.sections()
        if section.startswith(CONTRACT)
    ]
    head = ["| rule | holds for | never import | may import |", "|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def _row(contract: SectionProxy) -> str:
    sources = _names(contract.get("source_modules", contract.get("modules", "")))
    forbidden = _names(contract.get("forbidden_modules", "")) or "each other"
    if contract.getboolean("allow_indirect_imports", fallback=False):
        forbidden += " (directly)"
    cells = (contract["name"], sources, forbidden, contract["broken_contract_guidance"])
    return f"| {' | '.join(cells)} |"


def _names(text: str) -> str:
    return ", ".join(f"`{name}`" for name in text.split())
