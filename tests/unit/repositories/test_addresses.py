"""Which addresses a repository may have."""

import socket
from pathlib import Path
from typing import Any

import pytest

from deltaci.addresses import AddressRules, leads_to
from deltaci.errors import InvalidRequestError, UnavailableError
from deltaci.repositories.register import register_repository
from deltaci.settings import Settings
from deltaci.testing.factories import Factory
from deltaci.wire.repositories import CreateRepository

NAMES = {
    "github.example": "93.184.216.34",
    "six.example": "2606:2800:220:1::1",
    "inner.example": "10.1.2.3",
    "both.example": "93.184.216.34 127.0.0.1",
}


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few names, and numbers as the system's own resolver reads them."""

    def lookup(host: str, _port: None) -> list[Any]:
        if ":" not in host and host not in NAMES and not host[0].isdigit():
            raise socket.gaierror
        if host in NAMES:
            found = NAMES[host]
        else:
            found = host if ":" in host else socket.inet_ntoa(socket.inet_aton(host))
        return [(0, 0, 0, "", (address, 0)) for address in found.split()]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


def rules(folder: Path, **settings: str) -> AddressRules:
    return AddressRules.of(Settings(data_dir=folder / "data", **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    [
        "https://github.example/acme/shop.git",
        "https://GITHUB.example:8443/acme/shop",
        "https://six.example/shop",
        "https://93.184.216.34/shop",
        "https://[2606:2800:220:1::1]/shop",
        "ssh://git@github.example/acme/shop",
        "git@github.example:acme/shop.git",
        "git://github.example/shop",
    ],
)
async def test_public_hosts_are_fine(tmp_path: Path, address: str) -> None:
    await rules(tmp_path).check(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://inner.example/shop",
        "https://both.example/shop",
        "git@inner.example:shop",
        "ssh://git@inner.example/shop",
        "http://127.0.0.1:8080/shop",
        "http://127.1/shop",
        "http://0x7f000001/shop",
        "http://2130706433/shop",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0/shop",
        "http://100.64.0.1/shop",
        "http://224.0.0.1/shop",
        "http://[::1]/shop",
        "http://[fe80::1%25lo]/shop",
        "http://[fd00::1]/shop",
        "http://[::ffff:10.0.0.1]/shop",
        "http://[64:ff9b::a00:1]/shop",
        "http://[2002:7f00:1::]/shop",
    ],
)
async def test_hosts_inside_are_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(InvalidRequestError, match="must have public addresses"):
        await rules(tmp_path).check(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "shop",
        "../shop",
        "--upload-pack=touch /tmp/x",
        "ext::sh -c touch% /tmp/x",
        "fd::17",
        "ftp://github.example/shop",
        "file://github.example/shop",
        "https:///shop",
        "https://-oProxyCommand=x/shop",
        "ssh://-oProxyCommand=x@github.example/shop",
        "-oProxyCommand=x@github.example:shop",
        "https://github.example:99999/shop",
        "https://github.example/shop?token=x",
        "https://github.example/shop#x",
        "https://github.example/a b",
        "https://github.example/a\nb",
        "https://github.example/a\x00b",
        "https://[::1/shop",
    ],
)
async def test_odd_addresses_are_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(InvalidRequestError, match="must be an https, http, ssh or git URL"):
        await rules(tmp_path).check(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://user:s3cret@github.example/shop",
        "https://ghp_s3cret@github.example/shop",
        "ssh://git:s3cret@github.example/shop",
        "http://:s3cret@github.example/shop",
    ],
)
async def test_credentials_are_refused_and_not_repeated(tmp_path: Path, address: str) -> None:
    with pytest.raises(InvalidRequestError, match="must not contain credentials") as refused:
        await rules(tmp_path).check(address)

    assert "s3cret" not in str(refused.value)


async def test_listed_hosts_are_the_only_ones(tmp_path: Path) -> None:
    listed = rules(tmp_path, git_hosts="Inner.example, 10.0.0.7")

    await listed.check("https://inner.example./shop")
    await listed.check("ssh://git@10.0.0.7:2222/shop")
    with pytest.raises(InvalidRequestError):
        await listed.check("https://github.example/shop")


async def test_a_name_that_cannot_be_looked_up_is_an_outage(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        await rules(tmp_path).check("https://nowhere.example/shop")


@pytest.mark.parametrize("form", ["{}", "file://{}"])
async def test_folders_are_refused_unless_allowed(tmp_path: Path, form: str) -> None:
    address = form.format(tmp_path / "srv" / "shop")

    for allowed in ("any", f"/nowhere:{tmp_path}/srv"):
        await rules(tmp_path, local_repositories=allowed).check(address)
    for refused in ("", "/nowhere", f"{tmp_path}/srv/shop/inner", f"{tmp_path}/sr"):
        with pytest.raises(InvalidRequestError, match="not allowed by the settings"):
            await rules(tmp_path, local_repositories=refused).check(address)


async def test_no_way_leads_into_the_data_folder_or_out_of_an_allowed_one(tmp_path: Path) -> None:
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv" / "link").symlink_to("/etc")
    allowed = rules(tmp_path, local_repositories=f"{tmp_path}/srv")
    anywhere = rules(tmp_path, local_repositories="any")

    for strict, path in [
        (allowed, "srv/link"),
        (allowed, "srv/../etc"),
        (anywhere, "data/mirrors/x.git"),
        (anywhere, "srv/../data"),
    ]:
        with pytest.raises(InvalidRequestError):
            await strict.check(str(tmp_path / path))


async def test_what_may_not_be_fetched_cannot_be_registered(factory: Factory) -> None:
    for url in ("https://inner.example/x", "https://nowhere.example/x", "--x", "ext::x"):
        request = CreateRepository(repo_id="acme/evil", url=url)
        with pytest.raises(InvalidRequestError):
            await register_repository(factory.core, "ada", request)

    assert await factory.repository() == "acme/shop"


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("https://forge.test/acme/shop.git", "https://forge.test"),
        ("https://Forge.Test:443/Acme/Shop.git/", "https://forge.test"),
        ("http://forge.test:3000/git/acme/shop", "http://forge.test:3000/git"),
    ],
)
def test_addresses_that_a_server_has_for_a_repository(address: str, server: str) -> None:
    assert leads_to(address, server, "acme/shop")


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("https://forge.test.evil.test/acme/shop", "https://forge.test"),
        ("https://forge.test@evil.test/acme/shop", "https://forge.test"),
        ("https://forge.test:8443/acme/shop", "https://forge.test"),
        ("http://forge.test/acme/shop", "https://forge.test"),
        ("https://forge.test/gitacme/shop", "https://forge.test/git"),
        ("https://forge.test/git/../acme/shop", "https://forge.test/git/.."),
        ("https://forge.test/acme/private", "https://forge.test"),
        ("https://forge.test/acme/shop/private", "https://forge.test"),
        ("https://forge.test/other/acme/shop", "https://forge.test"),
        ("https://forge.test/", "https://forge.test"),
        ("https://forge.test:x/acme/shop", "https://forge.test"),
        ("git@forge.test:acme/shop", "https://forge.test"),
        ("/srv/shop", "https://forge.test"),
        ("https://forge.test/acme/shop", ""),
        ("/srv/shop", ""),
    ],
)
def test_addresses_that_only_look_like_a_repositorys(address: str, server: str) -> None:
    assert not leads_to(address, server, "acme/shop")
