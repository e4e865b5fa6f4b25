import pytest

from deltaci.tracker.addresses import repository_name, without_credentials


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/owner/repo.git",
        "git@github.com:owner/repo.git",
        "https://github.com/owner/repo",
        "http://github.com/owner/repo/",
        "ssh://git@github.com:22/owner/repo.git",
        "https://user:to:k@en@github.com/owner/repo.git",
        "https://token@github.com:8443/owner/repo.git?x=1",
        "github.com:owner/repo",
        "git://github.com/owner/repo.git",
    ],
)
def test_a_repository_has_one_name_however_it_is_cloned(address: str) -> None:
    assert repository_name(address) == "github.com/owner/repo"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("", ""),
        ("/srv/git/repo.git", "/srv/git/repo"),
        ("git@host:8022/owner/repo.git", "host/8022/owner/repo"),
        ("https://[::1]:8080/repo.git", "[::1]/repo"),
    ],
)
def test_odd_addresses_keep_what_they_say(address: str, name: str) -> None:
    assert repository_name(address) == name


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://user:pass@host/path", "https://host/path"),
        ("https://user:p@ss@host/path@2", "https://host/path@2"),
        ("https://host/a@b", "https://host/a@b"),
        ("owner/repo", "owner/repo"),
    ],
)
def test_credentials_leave_an_address_and_nothing_else_does(address: str, shown: str) -> None:
    assert without_credentials(address) == shown
