import pytest

from deltaci.load_settings import load_settings


def test_each_wrong_variable_is_named_and_none_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELTA_CI_GITHUB_APP_PRIVATE_KEY", "the secret key")
    monkeypatch.setenv("DELTA_CI_LEASE_TTL_SECONDS", "soon")

    with pytest.raises(SystemExit) as ended:
        load_settings()

    said = str(ended.value).splitlines()
    assert said[0] == "the settings are not valid:"
    assert "DELTA_CI_GITHUB: app_id is missing: the App's private key is set" in said
    assert any(line.startswith("DELTA_CI_LEASE_TTL_SECONDS: ") for line in said)
    assert "the secret key" not in str(ended.value)
    assert "soon" not in str(ended.value)


def test_right_ones_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELTA_CI_CHECK_NAME", "ci")

    assert load_settings().check_name == "ci"
