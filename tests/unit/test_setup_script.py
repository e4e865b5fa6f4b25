"""`make setup` on a copy of its inputs, with a stand-in for uv that only leaves traces."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("scripts/setup.sh", "scripts/setup.py", "pyproject.toml", "requirements/dev.lock")

# Creates an environment with a working Python, and writes down what it was asked to do. A file
# `hold` next to it makes an installation last until the test deletes the file.
UV = f"""\
#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/calls"
if [ "$1" = venv ]; then
    mkdir -p .venv/bin && ln -sf {sys.executable} .venv/bin/python
else
    while [ -e "$here/hold" ]; do sleep 0.01; done
    [ ! -e "$here/broken" ]
fi
"""


class Checkout:
    """What is needed of a clone, and the folder that holds the stand-in."""

    def __init__(self, folder: Path) -> None:
        self.root, self.tools = folder / "clone", folder / "tools"
        for name in COPIED:
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
        self.tools.mkdir()
        (self.tools / "uv").write_text(UV)
        (self.tools / "uv").chmod(0o755)
        (self.tools / "python3").symlink_to(sys.executable)

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.root / "scripts/setup.sh"],
            env={"PATH": f"{self.tools}:/usr/bin:/bin"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def set_up(self) -> tuple[int, str]:
        process = self.start()
        _, errors = process.communicate(timeout=60)
        return process.returncode, errors

    def calls(self) -> list[str]:
        """The stand-in's first words, in order."""
        file = self.tools / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        return [line.split()[0] for line in lines]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


FRESH = ["venv", "pip", "pip"]


def test_it_creates_the_environment_then_installs_lock_and_project(checkout: Checkout) -> None:
    assert checkout.set_up() == (0, "")

    calls = (checkout.tools / "calls").read_text()
    assert checkout.calls() == FRESH
    assert "--require-hashes --requirement" in calls
    assert "--no-deps --no-build-isolation --editable" in calls


def test_it_does_nothing_when_nothing_changed(checkout: Checkout) -> None:
    checkout.set_up()

    assert checkout.set_up() == (0, "")
    assert checkout.calls() == FRESH


@pytest.mark.parametrize("changed", ["pyproject.toml", "requirements/dev.lock"])
def test_a_changed_input_installs_again_into_the_same_environment(
    checkout: Checkout, changed: str
) -> None:
    checkout.set_up()
    with (checkout.root / changed).open("a") as file:
        file.write("\n# changed\n")

    assert checkout.set_up() == (0, "")
    assert checkout.calls() == [*FRESH, "pip", "pip"]


def test_two_at_once_do_the_work_once(checkout: Checkout) -> None:
    both = [checkout.start(), checkout.start()]

    for process in both:
        process.communicate(timeout=60)

    assert [process.returncode for process in both] == [0, 0]
    assert checkout.calls() == FRESH


def test_an_interrupted_one_starts_from_scratch(checkout: Checkout) -> None:
    hold = checkout.tools / "hold"
    hold.touch()
    interrupted = checkout.start()
    while checkout.calls() != ["venv", "pip"]:
        assert interrupted.poll() is None
    os.killpg(interrupted.pid, signal.SIGKILL)
    interrupted.communicate(timeout=60)
    hold.unlink()
    left_behind = checkout.root / ".venv/half-written"
    left_behind.touch()

    assert checkout.set_up() == (0, "")
    assert checkout.calls() == ["venv", "pip", *FRESH]
    assert not left_behind.exists()


def test_pip_steps_in_where_uv_cannot(checkout: Checkout) -> None:
    (checkout.tools / "broken").touch()
    (checkout.root / "requirements/dev.lock").write_text("nothing-like-this==1\n")

    outcome, errors = checkout.set_up()

    assert outcome == 1
    assert "trying pip" in errors
    assert "set-up failed" in errors
    assert (checkout.root / ".venv/bin/pip").exists()


def test_an_old_python_is_named_as_the_reason(checkout: Checkout) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        old = checkout.tools / name
        old.unlink(missing_ok=True)
        old.write_text("#!/bin/sh\nexit 1\n")
        old.chmod(0o755)

    outcome, errors = checkout.set_up()

    assert outcome == 1
    assert "needs Python 3.11 or newer" in errors
