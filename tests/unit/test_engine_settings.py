"""Settings of deployers, probes and proofs: what they accept, and what they mean."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from deltaci.engine_settings import EngineSettings, ProofSettings


def test_hosts_and_networks_are_told_apart() -> None:
    settings = EngineSettings(private_hosts=" Deployer.Internal, 10.0.0.0/8,::1, 127.0.0.1 ")
    assert settings.hosts == {"deployer.internal"}
    assert settings.networks == (
        ip_network("10.0.0.0/8"),
        ip_network("::1/128"),
        ip_network("127.0.0.1/32"),
    )


def test_nothing_is_private_at_first() -> None:
    assert (EngineSettings().hosts, EngineSettings().networks) == (frozenset(), ())


@pytest.mark.parametrize("text", ["10.0.0.0/99", "deployer/8", "https://deployer"])
def test_what_is_neither_host_nor_network_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="neither a host nor a network"):
        EngineSettings(private_hosts=text)


def test_a_key_is_given_in_one_way_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text("from the file")
    assert ProofSettings().pem == ""
    assert ProofSettings(key_file=file).pem == "from the file"
    given = ProofSettings(key=SecretStr("line\\nline"))
    assert given.pem == "line\nline"
    assert "line" not in repr(given)
    with pytest.raises(ValidationError, match="not both"):
        ProofSettings(key=SecretStr("key"), key_file=file)
    with pytest.raises(ValidationError, match="names no file"):
        ProofSettings(key_file=tmp_path / "absent")
