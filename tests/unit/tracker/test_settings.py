from pathlib import Path
from typing import Any

import pytest

from deltaci.tracker.config_file import NOT_FROM_A_REPOSITORY, Config, read_config
from deltaci.tracker.detection import Detected
from deltaci.tracker.errors import InvalidInputError
from deltaci.tracker.kinds import BUILD, DEPLOYMENT
from deltaci.tracker.settings import settings_of

DETECTED = Detected("github", {"source_system": "github", "product": "of-ci", "link": "of-ci"})


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text)
    return path


def read(folder: Path, text: str) -> Any:
    return read_config(written(folder, text), None, folder).values


def test_a_given_value_counts_over_the_file_the_file_over_the_ci() -> None:
    config = Config({"product": "of-file"})

    given = settings_of(BUILD, {"product": "given"}, config, DETECTED)
    of_file = settings_of(BUILD, {"product": ""}, config, DETECTED)
    of_ci = settings_of(BUILD, {"product": ""}, Config({}), DETECTED)

    assert [each.text("product") for each in (given, of_file, of_ci)] == [
        "given",
        "of-file",
        "of-ci",
    ]


def test_defaults_count_last() -> None:
    assert settings_of(BUILD, {}, Config({}), DETECTED).text("status") == "completed"
    assert settings_of(DEPLOYMENT, {}, Config({}), DETECTED).text("status") == "success"
    assert settings_of(BUILD, {}, Config({"status": "failed"}), DETECTED).text("status") == "failed"
    assert settings_of(BUILD, {}, Config({}), DETECTED).flag("fail_on_api_error")


def test_values_of_a_file_keep_their_text(tmp_path: Path) -> None:
    values = read(
        tmp_path,
        "version: 1.10\nbuild_number: 007\nfail_on_api_error: false\n"
        "scm_branch: yes\ncompleted_at: 2025-10-23T10:00:00Z\nproduct: 0x10\n",
    )

    assert values == {
        "version": "1.10",
        "build_number": "007",
        "fail_on_api_error": "false",
        "scm_branch": "yes",
        "completed_at": "2025-10-23T10:00:00Z",
        "product": "0x10",
    }


def test_metadata_of_a_file_has_the_types_of_json(tmp_path: Path) -> None:
    values = read(
        tmp_path,
        "extra_metadata:\n  big: 12345678901234567890\n  day: 2025-10-23\n  on: yes\n"
        "  list: [1, 1.5, true, null, '2', 010]\n",
    )

    assert values["extra_metadata"] == {
        "big": 12345678901234567890,
        "day": "2025-10-23",
        "on": "yes",
        "list": [1, 1.5, True, None, "2", "010"],
    }


def test_unset_values_of_a_file_are_as_good_as_none(tmp_path: Path) -> None:
    assert read(tmp_path, "product:\nversion: ~\nstatus: ''\n") == {"status": ""}
    assert read(tmp_path, "") == {}


@pytest.mark.parametrize(
    "text",
    [
        "- a list",
        "just text",
        "product: [a, b]",
        "product: {a: b}",
        "a: [unclosed",
        "a: &x [1]\nb: *x",
        "*x",
        "? {a: b}\n: c",
        "extra_metadata: [!!python/object:os.system x]",
        "extra_metadata: [!!int x]",
        "a: " + "[" * 200 + "]" * 200,
        "a: \x00",
        "# " + "x" * 300_000,
    ],
)
def test_a_file_that_is_none_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"config\.yaml"):
        read(tmp_path, text)


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot read"):
        read_config(tmp_path / "none.yaml", None, tmp_path)


def test_only_the_named_file_is_read_when_there_is_one(tmp_path: Path) -> None:
    (tmp_path / ".delta-ci-track.yaml").write_text("version: '1'")

    assert read(tmp_path, "product: api") == {"product": "api"}


def test_the_file_of_the_home_folder_counts_over_that_of_the_working_directory(
    tmp_path: Path,
) -> None:
    home, folder = tmp_path / "home", tmp_path / "folder"
    (home / ".versioner").mkdir(parents=True)
    folder.mkdir()
    (home / ".versioner/config.yaml").write_text("product: of-home\napi_key: k\n")
    (folder / ".delta-ci-track.yaml").write_text("product: of-folder\nversion: 1.0\n")
    (folder / "config.yaml").write_text("environment: never-read\n")

    config = read_config(None, str(home), folder)

    assert config.values == {"product": "of-home", "api_key": "k", "version": "1.0"}
    assert config.ignored == ()


def test_a_file_of_the_working_directory_says_not_where_to_send_or_with_which_key(
    tmp_path: Path,
) -> None:
    (tmp_path / ".delta-ci-track.yaml").write_text(
        "api_url: https://evil.test\napi_key: k\nui_url: u\nspool: /tmp\nproduct: api\n"
        "idempotency_key: same\ndeadline_seconds: 1e9\nretry_pauses_seconds: 1e9\n"
    )

    config = read_config(None, None, tmp_path)

    assert config.values == {"product": "api"}
    assert set(config.ignored) == NOT_FROM_A_REPOSITORY
