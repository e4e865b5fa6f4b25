"""What every adapter promises about checks beside a commit."""

from dataclasses import replace

import pytest

from deltaci.testing.forge_bench import COMMIT, Bench, check
from deltaci.vcs.port import (
    Annotation,
    ForgeRefusedError,
    ForgeUnavailableError,
    Place,
    Verdict,
)

PASSED = {Verdict.SUCCESS, Verdict.SKIPPED}
FINALS = [each for each in Verdict if each.is_final]
OVERLONG = "é😀x" * 40_000


@pytest.mark.parametrize("final", FINALS)
async def test_a_check_stays_one_from_queued_to_its_end(bench: Bench, final: Verdict) -> None:
    external_id = None
    for verdict in (Verdict.QUEUED, Verdict.RUNNING, final):
        external_id = await bench.publish(check(verdict), external_id)

    (shown,) = bench.repository.checks
    assert (shown.name, shown.commit_sha) == ("delta-ci", COMMIT)
    assert shown.url == "https://ci.example.org/runs/run_1"
    assert f"It is {final}" in shown.title
    assert shown.verdict.is_final
    assert (shown.verdict in PASSED) is (final in PASSED)
    assert bench.fake.violations == []


@pytest.mark.parametrize("final", FINALS)
async def test_a_check_may_begin_at_its_end(bench: Bench, final: Verdict) -> None:
    await bench.publish(check(final))

    (shown,) = bench.repository.checks
    assert (shown.verdict in PASSED) is (final in PASSED)
    assert bench.fake.violations == []


async def test_publishing_the_same_again_changes_nothing(bench: Bench) -> None:
    external_id = None
    for verdict in (Verdict.RUNNING, Verdict.SUCCESS):
        for _ in range(3):
            external_id = await bench.publish(check(verdict), external_id)

    (shown,) = bench.repository.checks
    assert shown.verdict is Verdict.SUCCESS
    assert bench.fake.violations == []


@pytest.mark.parametrize("lost", [Verdict.QUEUED, Verdict.RUNNING, Verdict.FAILURE])
async def test_a_lost_id_is_found_and_no_second_check_made(bench: Bench, lost: Verdict) -> None:
    await bench.api.may_write(bench.place, "ann")  # gets a token, where tokens are short-lived
    bench.fake.faults.drop_answer()
    with pytest.raises(ForgeUnavailableError):
        await bench.publish(check(lost))

    found = await bench.api.find_check(bench.place, check(lost))
    await bench.publish(check(Verdict.FAILURE), found)

    (shown,) = bench.repository.checks
    assert shown.verdict is Verdict.FAILURE
    assert bench.fake.violations == []


async def test_what_was_never_published_is_not_found(bench: Bench) -> None:
    await bench.publish(check(Verdict.RUNNING, name="delta-ci: test"))

    assert await bench.api.find_check(bench.place, check(Verdict.RUNNING)) is None


async def test_a_check_is_found_among_many(bench: Bench) -> None:
    for number in range(60):
        await bench.publish(check(Verdict.SUCCESS, name=f"delta-ci: job {number}"))
    wanted = check(Verdict.SUCCESS, name="delta-ci: job 0")
    (shown,) = bench.repository.named(wanted.name, COMMIT)

    found = await bench.api.find_check(bench.place, wanted)
    await bench.publish(wanted, found)

    assert found is not None
    assert bench.repository.named(wanted.name, COMMIT) == [shown]
    assert bench.fake.violations == []


async def test_a_check_that_is_gone_is_made_anew(bench: Bench) -> None:
    external_id = await bench.publish(check(Verdict.RUNNING))
    bench.repository.checks.clear()

    await bench.publish(check(Verdict.SUCCESS), external_id)

    (shown,) = bench.repository.checks
    assert shown.verdict is Verdict.SUCCESS


async def test_a_rerun_is_shown_although_the_first_run_ended(bench: Bench) -> None:
    await bench.publish(check(Verdict.FAILURE, run="run_1"))
    found = await bench.api.find_check(bench.place, check(Verdict.QUEUED, run="run_2"))
    for verdict in (Verdict.QUEUED, Verdict.RUNNING, Verdict.SUCCESS):
        found = await bench.publish(check(verdict, run="run_2"), found)

    newest = bench.repository.named("delta-ci", COMMIT)[-1]
    assert newest.verdict is Verdict.SUCCESS
    assert newest.url == "https://ci.example.org/runs/run_2"
    assert bench.fake.violations == []


async def test_checks_of_jobs_stand_beside_that_of_the_run(bench: Bench) -> None:
    names = ["delta-ci", "delta-ci: test", "delta-ci (push): test / 3.11 ü"]
    for name in names:
        await bench.publish(check(Verdict.SUCCESS, name=name))

    assert sorted(each.name for each in bench.repository.checks) == sorted(names)


async def test_a_check_without_an_address_has_none(bench: Bench) -> None:
    await bench.publish(replace(check(Verdict.RUNNING), url=""))

    (shown,) = bench.repository.checks
    assert "://" not in shown.url or shown.url.startswith(bench.fake.url)
    assert bench.fake.violations == []


async def test_texts_are_cut_to_what_the_forge_takes(bench: Bench) -> None:
    long = replace(
        check(Verdict.FAILURE, name="delta-ci: " + OVERLONG),
        title=OVERLONG,
        summary=OVERLONG,
        annotations=tuple(Annotation(f"{n}.py", n, OVERLONG, OVERLONG) for n in range(1, 200)),
    )

    external_id = await bench.publish(long)
    await bench.publish(long, external_id)

    (shown,) = bench.repository.checks
    assert shown.title.startswith("é😀x")
    assert "\ufffd" not in shown.name + shown.title + shown.summary
    assert bench.fake.violations == []


async def test_an_unknown_repository_is_a_refusal(bench: Bench) -> None:
    with pytest.raises(ForgeRefusedError):
        await bench.api.publish(Place("acme/elsewhere"), check(Verdict.RUNNING), None)


async def test_an_unknown_commit_is_a_refusal(bench: Bench) -> None:
    bench.repository.commits = {"d" * 40}

    with pytest.raises(ForgeRefusedError):
        await bench.publish(check(Verdict.RUNNING))


@pytest.mark.parametrize("name", ["../shop", "acme/..", "acme/../../user", "acme", "/", ""])
async def test_a_name_that_leads_elsewhere_is_not_followed(bench: Bench, name: str) -> None:
    with pytest.raises(ForgeRefusedError):
        await bench.api.publish(Place(name), check(Verdict.RUNNING), None)

    assert not [violation for violation in bench.fake.violations if "route" in violation]
