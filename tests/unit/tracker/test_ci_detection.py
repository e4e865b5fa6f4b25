from typing import Any

import pytest

from deltaci.testing.ci_environments import CASES, SHA
from deltaci.tracker.detection import SYSTEMS, detect
from deltaci.tracker.kinds import BUILD, DEPLOYMENT


def test_every_system_has_a_case() -> None:
    assert [each.name for each in SYSTEMS] == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_ci_system_says_what_its_variables_mean(name: str) -> None:
    environment, expected = CASES[name]

    detected = detect(environment)

    assert detected.source_system == detected.values["source_system"] == name
    found: dict[str, Any] = {**detected.values, **detected.metadata}
    assert {key: found.get(key) for key in expected} == expected


@pytest.mark.parametrize("name", CASES)
def test_a_system_is_known_without_its_other_variables(name: str) -> None:
    environment, _ = CASES[name]
    trigger = next(each.trigger for each in SYSTEMS if each.name == name)

    detected = detect({trigger: environment[trigger]})

    assert detected.source_system == name


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"rundeck"}))
def test_a_sha_of_few_characters_is_taken_as_it_is(name: str) -> None:
    environment, _ = CASES[name]
    short = {key: value.replace(SHA, "ab1") for key, value in environment.items()}

    assert detect(short).values.get("scm_sha") == "ab1"


def test_the_first_eight_systems_are_looked_for_in_the_order_of_the_contract() -> None:
    everything = {key: value for case, _ in CASES.values() for key, value in case.items()}
    found = []
    for system in SYSTEMS[:8]:
        found.append(detect(everything).source_system)
        del everything[system.trigger]
    assert found == [
        *("github", "gitlab", "jenkins", "circleci"),
        *("bitbucket", "azure-devops", "travis", "rundeck"),
    ]


def test_a_trigger_counts_letter_by_letter() -> None:
    assert detect({"TF_BUILD": "true"}).source_system == "unknown"
    assert detect({"GITHUB_ACTIONS": "1"}).source_system == "unknown"


def test_outside_of_every_ci_the_source_system_is_unknown() -> None:
    assert detect({}).values == {"source_system": "unknown"}


def test_what_the_contract_has_no_room_for_is_left_out_and_named() -> None:
    environment = {**CASES["github"][0], "GITHUB_REF_NAME": "b" * 101, "GITHUB_SHA": "c" * 64}

    detected = detect(environment)

    assert set(detected.too_long) == {"scm_branch", "scm_sha"}
    assert detected.values["version"] == "c" * 8


def test_no_detected_link_carries_credentials() -> None:
    environment = {**CASES["jenkins"][0], "BUILD_URL": "https://me:secret@jenkins.test/7/"}

    detected = detect(environment)

    assert detected.values["link"] == "https://jenkins.test/7/"
    assert "secret" not in f"{detected.values}{detected.metadata}"


def test_link_and_person_are_settings_of_the_kind() -> None:
    detected = detect(CASES["github"][0])

    assert detected.settings(BUILD)["built_by"] == "octo"
    assert "build_url" in detected.settings(BUILD)
    assert detected.settings(DEPLOYMENT)["deployed_by"] == "octo"
    assert "deploy_url" in detected.settings(DEPLOYMENT)


def test_metadata_that_is_very_long_is_left_out() -> None:
    detected = detect({"GITHUB_ACTIONS": "true", "GITHUB_REF": "r" * 501, "GITHUB_JOB": "j" * 500})
    assert detected.metadata == {"vi_gh_job": "j" * 500}
