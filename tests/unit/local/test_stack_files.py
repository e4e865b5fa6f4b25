import json
import os
import socket
import stat
from pathlib import Path

import pytest

from deltaci.local import lock, log_file, ports
from deltaci.local.announcement import Announcement
from deltaci.local.endpoints import Endpoints, read_endpoints, write_endpoints
from deltaci.local.errors import StackError
from deltaci.local.layout import open_data_dir
from deltaci.ready import announce_ready

ENDPOINTS = Endpoints("http://127.0.0.1:1", "127.0.0.1:2", "http://127.0.0.1:3", "/data", "secret")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_endpoints_are_for_the_owner_only_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "local.json"
    path.write_text("an older, longer content that must not shine through")
    write_endpoints(path, ENDPOINTS)
    assert mode(path) == 0o600
    assert read_endpoints(path) == ENDPOINTS
    assert set(json.loads(path.read_text())) == {
        "api_url",
        "temporal_address",
        "temporal_ui_url",
        "data_dir",
        "admin_token",
    }
    assert [each.name for each in tmp_path.iterdir()] == ["local.json"]


@pytest.mark.parametrize("content", ["", "{}", "[]", '"text"', "{broken", '{"api_url": "x"}'])
def test_a_file_that_is_not_ours_is_no_stack(tmp_path: Path, content: str) -> None:
    path = tmp_path / "local.json"
    path.write_text(content)
    assert read_endpoints(path) is None
    assert read_endpoints(tmp_path / "absent") is None


def test_a_second_stack_on_the_same_folder_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "up.lock"
    with (
        lock.held(path),
        pytest.raises(StackError, match=rf"process {os.getpid()}"),
        lock.held(path),
    ):
        pass
    with lock.held(path):
        assert path.read_text().strip() == str(os.getpid())


def test_free_ports_differ_and_a_taken_one_is_named() -> None:
    free = ports.PortWish("x", "--x", 0)
    assert len(set(ports.claim([free] * 5))) == 5
    with socket.socket() as taken:
        taken.bind((ports.LOOPBACK, 0))
        taken.listen()
        number = taken.getsockname()[1]
        assert ports.accepts_connections(ports.LOOPBACK, number)
        wish = ports.PortWish("the API", "--api-port", number)
        with pytest.raises(StackError, match=f"port {number} for the API .* --api-port, or 0"):
            ports.claim([wish])
    assert not ports.accepts_connections(ports.LOOPBACK, number)


def test_an_announcement_is_heard_once_made(monkeypatch: pytest.MonkeyPatch) -> None:
    announcement = Announcement()
    for name, value in announcement.environment.items():
        monkeypatch.setenv(name, value)
    assert not announcement.heard()
    announce_ready()
    assert announcement.heard()
    announcement.close()
    announce_ready()


def test_other_messages_are_no_announcement(monkeypatch: pytest.MonkeyPatch) -> None:
    announcement = Announcement()
    address = "\0" + announcement.environment["NOTIFY_SOCKET"].removeprefix("@")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"STATUS=loading", address)
        assert not announcement.heard()
        sender.sendto(b"STATUS=serving\nREADY=1", address)
        assert announcement.heard()
    announcement.close()


def test_announcing_to_nobody_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    announce_ready()


def test_the_data_folder_is_for_the_owner_only(tmp_path: Path) -> None:
    folder = open_data_dir(tmp_path / "a/b")
    assert mode(folder.root) == 0o700
    assert mode(folder.logs) == 0o700


def test_a_data_folder_that_cannot_be_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match="cannot create the data folder"):
        open_data_dir(tmp_path / "file/below")


def test_the_tail_is_the_end_of_the_log(tmp_path: Path) -> None:
    path = tmp_path / "api.log"
    path.write_bytes(b"".join(b"line %d \xff\n" % number for number in range(10_000)))
    assert log_file.tail(path, 2).splitlines() == [
        "line 9998 \N{REPLACEMENT CHARACTER}",
        "line 9999 \N{REPLACEMENT CHARACTER}",
    ]
    assert log_file.tail(tmp_path / "absent") == ""
