"""Half-configured forges are an error that names what is missing, and shows no secret."""

import pytest
from pydantic import ValidationError

from deltaci.settings import Settings

SECRET = "a secret of nobody"
KEY_AND_FILE = {
    "DELTA_CI_GITHUB_APP_ID": "1",
    "DELTA_CI_GITHUB_APP_PRIVATE_KEY": SECRET,
    "DELTA_CI_GITHUB_APP_PRIVATE_KEY_FILE": "/nowhere/app.pem",
}


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"DELTA_CI_GITHUB_APP_ID": "1"}, "app_private_key (or app_private_key_file) is missing"),
        ({"DELTA_CI_GITHUB_APP_PRIVATE_KEY": SECRET}, "app_id is missing"),
        ({"DELTA_CI_GITHUB_APP_INSTALLATION_ID": "7"}, "app_id is missing"),
        (KEY_AND_FILE, "app_private_key or app_private_key_file, not both"),
        ({"DELTA_CI_GITEA_TOKEN": SECRET}, "url is missing"),
        ({"DELTA_CI_GITEA_WEBHOOK_SECRETS": SECRET}, "url is missing"),
        ({"DELTA_CI_GITLAB_WEBHOOK_SECRETS": f"{SECRET},x"}, "at least 8 characters"),
        ({"DELTA_CI_GITLAB_AUTO_REGISTER": "true"}, "webhook_secrets is missing"),
        ({"DELTA_CI_GITLAB_URL": f"https://ada:{SECRET}@example.test"}, "credentials"),
    ],
)
def test_half_a_configuration_names_what_is_missing_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError) as refused:
        Settings()

    assert named in str(refused.value)
    assert SECRET not in str(refused.value)
