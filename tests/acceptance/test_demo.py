"""`make demo` is a promise of the README, so it is kept like one."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_SECONDS = 60
"""It takes a quarter of this where nothing else is going on."""


@pytest.mark.slow
def test_the_demo_tells_its_whole_story_and_leaves_nothing_behind(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "examples.demo"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * MOST_SECONDS,
    )

    assert result.returncode == 0, result.stdout + result.stderr
    for scene in ("1 · A pull request", "4 · The fix, and a rerun", "6 · And back again"):
        assert scene in result.stdout
    assert result.stdout.count("remote: webhook: RUN_CREATED run_") == 4
    # What the runs say, and what the forge shows of them.
    assert "superseded by run_" in result.stdout
    assert "result of an earlier run" in result.stdout
    assert "Planned because: " in result.stdout
    assert re.search(r"│ +- L\d+: .*Money\(cents=3\) != Money\(cents=2\)", result.stdout)
    assert re.findall(r"  (.) delta-ci(?: \(push\))?  +[A-Z]+\n", result.stdout) == list("✓✓✗✓")
    assert re.search(r"✓ delta-ci: test:libs/money +SKIPPED: not reached by", result.stdout)
    # What was deployed, refused, and put back.
    assert "storefront 1.0.0 is registered, by delta-ci." in result.stdout
    assert "refused (VERSION_NOT_FOUND)" in result.stdout
    assert re.search(r"ROLLED_BACK storefront 1\.1\.0 -> production", result.stdout)
    assert re.search(r"^storefront +1\.0\.0$", result.stdout, re.MULTILINE)
    took = re.search(r"That took (\d+) s", result.stdout)
    assert took
    assert int(took[1]) < MOST_SECONDS
    assert list(tmp_path.iterdir()) == []
