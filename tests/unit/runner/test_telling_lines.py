import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltaci.runner.telling import telling_line


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("pytest -q", "pytest -q"),
        ('export PATH="$PWD/.venv/bin:$PATH"; pytest -q', "pytest -q"),
        ("export A=1 B='x y'\nmake test\n\n", "make test"),
        ('PATH="$PWD/.venv/bin:$PATH" PYTHONPATH=. python3 -m pytest', "python3 -m pytest"),
        ("set -eu\ncd web && npm ci\nnpm test", "npm test"),
        ("make a\nexport DONE=1\ncd ..", "make a"),
        ("if test -e x; then\n  make x\nfi", "make x"),
        ("for each in a b; do make $each; done", "for each in a b; do make $each; done"),
        ("make test # slow\n# the end", "make test # slow"),
        ("go test \\\n  ./...", "go test    ./..."),
        ("python - <<'END'\nimport this\nEND", "python - <<'END'"),
        ("cat <<X >f\nhi\nX\nsh f", "sh f"),
        ("export A=$(git describe --tags); make", "make"),
        ("exec pytest", "pytest"),
        ("set -e; . ./env; ./go", "./go"),
        ("export A=1", "export A=1"),
        ("settle && exportable x", "settle && exportable x"),
        ("", ""),
    ],
)
def test_a_step_is_known_by_what_it_does(step: str, told: str) -> None:
    assert telling_line(step) == told


@given(st.text("ax=; \n\"'&#\\<$()-.", max_size=80))
def test_any_step_has_one_line_to_tell(step: str) -> None:
    told = telling_line(step)
    assert bool(told) == bool(step.strip())


@pytest.mark.parametrize("piece", ["a=", "export a=b ", "'", 'x="', "cd a ", "<<a\n", "; export "])
def test_a_hostile_step_is_read_in_no_time(piece: str) -> None:
    began = time.process_time()
    telling_line(piece * 20_000)
    assert time.process_time() - began < 1
