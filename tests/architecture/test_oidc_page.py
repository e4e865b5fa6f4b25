"""The page about OIDC against the settings that it explains."""

import re
from pathlib import Path

import pytest
import yaml

from deltaci.oidc_settings import OidcIssuerSettings, OidcSettings

PAGE = (Path(__file__).resolve().parents[2] / "docs/how-to/oidc.md").read_text()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_every_field_of_an_issuer_is_explained_with_its_default() -> None:
    explained = dict(re.findall(r"^\| `(\w+)` \| `?([^|`]+)`? \|", PAGE, re.MULTILINE))

    assert explained.keys() == OidcIssuerSettings.model_fields.keys()
    for name, field in OidcIssuerSettings.model_fields.items():
        assert field.is_required() is (explained[name] == "required"), name
        if isinstance(field.default, str) and field.default:
            assert explained[name] == field.default


@pytest.mark.parametrize("example", _blocks("json"))
def test_every_example_of_issuers_is_accepted(example: str) -> None:
    assert OidcSettings.model_validate({"issuers": example}).issuers


def test_the_issuer_to_try_it_with_is_accepted() -> None:
    (value,) = re.findall(r"DELTA_CI_OIDC_ISSUERS='([^']*)'", PAGE)

    assert OidcSettings.model_validate({"issuers": value}).issuers


@pytest.mark.parametrize("example", _blocks("yaml"))
def test_jobs_ask_for_a_token_for_us(example: str) -> None:
    assert yaml.safe_load(example)
    assert re.search(r"audience=delta-ci|aud: delta-ci", example)
