import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from deltaci.local.child import ChildSpec, ReadyWhen
from deltaci.local.errors import ChildFailedError, StopRequested
from deltaci.local.supervisor import Supervisor

PATIENCE_SECONDS = 10.0
ANNOUNCING = "from deltaci.ready import announce_ready; announce_ready(); "
WAITING = "import signal; signal.pause()"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path


def child(name: str, code: str, ready_when: ReadyWhen = ReadyWhen.ANNOUNCES) -> ChildSpec:
    return ChildSpec(name, (sys.executable, "-c", code), ready_when)


def server(name: str, at_end: str = "") -> ChildSpec:
    """A stand-in that announces itself and says in its log when it is stopped."""
    code = f"""
        import os, signal, sys
        from deltaci.ready import announce_ready

        def stop(*_):
            print("stopped", flush=True)
            {at_end or "sys.exit(0)"}

        signal.signal(signal.SIGTERM, stop)
        announce_ready()
        while True:
            signal.pause()
    """
    return child(name, textwrap.dedent(code))


def supervisor(folder: Path, ready: Callable[[str], None] = lambda _: None) -> Supervisor:
    return Supervisor(folder, dict(os.environ), ready)


def run(folder: Path, *stages: list[ChildSpec], then: Callable[[], object] = lambda: None) -> None:
    """Start the stages, do `then`, and watch until something ends it."""
    with supervisor(folder) as stack:
        for stage in stages:
            stack.start(stage)
        then()
        stack.watch()


def signal_ourselves(number: int = signal.SIGINT) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        threading.Event().wait(0.01)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_stage_starts_once_the_one_before_is_ready(folder: Path) -> None:
    ready: list[str] = []
    step = "open('migrated', 'w').close()"
    needs_step = f"import os; assert os.path.exists('migrated'); {ANNOUNCING}{WAITING}"
    with supervisor(folder, ready.append) as stack:
        stack.start([child("database", step, ReadyWhen.FINISHES)])
        stack.start([child("api", needs_step)])
        assert ready == ["database", "api"]


def test_a_probe_decides_for_parts_that_do_not_announce(folder: Path) -> None:
    answered = iter([False, False, True])
    spec = ChildSpec(
        "temporal",
        (sys.executable, "-c", WAITING),
        ReadyWhen.ANSWERS,
        probe=lambda: next(answered),
    )
    with supervisor(folder) as stack:
        stack.start([spec])
        assert next(answered, None) is None


def test_leaving_stops_everything_in_reverse_order(folder: Path) -> None:
    note = "open('order', 'a').write(sys.argv[0] + '\\n'); sys.exit(0)"
    with supervisor(folder) as stack:
        for name in ("temporal", "api", "runner"):
            stack.start([server(name, note.replace("sys.argv[0]", repr(name)))])
    assert (folder / "order").read_text().split() == ["runner", "api", "temporal"]


def test_a_child_that_dies_while_starting_is_named_with_its_log(folder: Path) -> None:
    broken = child("worker", "print('no such module'); raise SystemExit(3)")
    with pytest.raises(ChildFailedError, match="worker exited with status 3") as failure:
        run(folder, [server("api"), broken])
    assert failure.value.log_tail == "no such module"
    assert failure.value.log_path == folder / "logs/worker.log"


def test_a_child_that_dies_later_is_named_and_the_rest_is_stopped(folder: Path) -> None:
    killed_soon = child("runner-1", f"{ANNOUNCING}import os; os.kill(os.getpid(), 9)")
    with pytest.raises(ChildFailedError, match="runner-1 was ended by SIGKILL"):
        run(folder, [server("api")], [killed_soon])
    assert (folder / "logs/api.log").read_text() == "stopped\n"


def test_a_program_that_does_not_exist_is_named(folder: Path) -> None:
    absent = ChildSpec("temporal", ("/nonexistent",), ReadyWhen.ANNOUNCES)
    with pytest.raises(ChildFailedError, match="temporal cannot be started"):
        run(folder, [absent])


def test_a_child_that_never_gets_ready_is_named(folder: Path) -> None:
    silent = replace(child("api", WAITING), start_timeout_seconds=0.1)
    with pytest.raises(ChildFailedError, match=r"api was not ready within 0\.1 s"):
        run(folder, [silent])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_watching(folder: Path, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(StopRequested):
        run(folder, [server("api")], then=signal_ourselves(number))
    assert (folder / "logs/api.log").read_text() == "stopped\n"
    assert signal.getsignal(number) is before


def test_a_signal_that_we_were_started_to_ignore_stays_ignored(folder: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with supervisor(folder) as stack:
            stack.start([server("api")])
            os.kill(os.getpid(), signal.SIGHUP)
            stack.start([server("worker")])
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_signal_ends_starting(folder: Path) -> None:
    interrupting = child("api", f"import os; os.kill(os.getppid(), 15); {WAITING}")
    with pytest.raises(StopRequested):
        run(folder, [interrupting])


def test_a_child_that_ignores_the_request_is_killed_with_its_group(folder: Path) -> None:
    announce = f"'{sys.executable}' -c '{ANNOUNCING}'"
    script = f"trap '' TERM; sleep 600 & echo $! > grandchild; {announce}; wait"
    argv = ("/bin/sh", "-c", script)
    stubborn = ChildSpec("runner", argv, ReadyWhen.ANNOUNCES, stop_grace_seconds=0.1)
    with supervisor(folder) as stack:
        stack.start([stubborn])
        grandchild = int((folder / "grandchild").read_text())
        assert is_alive(grandchild)
    eventually(lambda: not is_alive(grandchild))


def test_a_second_signal_does_not_wait_for_the_grace(folder: Path) -> None:
    impatient = server("worker", at_end="os.kill(os.getppid(), 2)")
    began = time.monotonic()
    with pytest.raises(StopRequested):
        run(folder, [impatient], then=signal_ourselves())
    assert time.monotonic() - began < impatient.stop_grace_seconds


def test_children_of_a_killed_supervisor_end(folder: Path) -> None:
    program = folder / "supervisor.py"
    program.write_text(
        textwrap.dedent(
            f"""
            import os, sys
            from pathlib import Path
            from deltaci.local.child import ChildSpec, ReadyWhen
            from deltaci.local.supervisor import Supervisor

            code = "import os; open('pid', 'w').write(str(os.getpid())); {ANNOUNCING}{WAITING}"
            spec = ChildSpec("api", (sys.executable, "-c", code), ReadyWhen.ANNOUNCES)
            with Supervisor(Path({str(folder)!r}), dict(os.environ), lambda _: None) as stack:
                stack.start([spec])
                os.kill(os.getpid(), 9)
            """
        )
    )
    subprocess.run([sys.executable, program], check=False)
    orphan = int((folder / "pid").read_text())
    eventually(lambda: not is_alive(orphan))


def test_the_log_of_the_start_before_is_kept(folder: Path) -> None:
    for greeting in ("first", "second"):
        with supervisor(folder) as stack:
            stack.start([child("database", f"print('{greeting}')", ReadyWhen.FINISHES)])
    assert (folder / "logs/database.log").read_text() == "second\n"
    assert (folder / "logs/database.log.1").read_text() == "first\n"


def test_children_get_the_given_environment_and_no_more(folder: Path) -> None:
    spec = ChildSpec(
        "api",
        (
            sys.executable,
            "-c",
            "import os; print(os.environ['A'], os.environ['B'], len(os.environ))",
        ),
        ReadyWhen.FINISHES,
        environment={"B": "mine"},
    )
    with Supervisor(folder, {"A": "ours", "B": "theirs", "LC_CTYPE": "C.UTF-8"}, print) as stack:
        stack.start([spec])
    assert (folder / "logs/api.log").read_text() == "ours mine 4\n"
