from dataclasses import replace

import pytest

from deltaci.planner.canonical import jobs_from_json, jobs_to_json
from deltaci.planner.model import Plan, Recipe, RecipeSource
from deltaci.planner.plan import plan
from deltaci.testing.trees import changed, request_for

FILES = {
    "a/go.mod": "module a\n",
    "a/a.go": "",
    "b/go.mod": "module b\n",
    "b/b.go": "",
}


def recipe_of(made: Plan, version: int = 1) -> Recipe:
    stored = jobs_from_json(jobs_to_json(made.known_jobs))
    return Recipe(f"recipe_{version}", version, made.fingerprint, stored)


@pytest.fixture
def recipe() -> Recipe:
    """Saved by a change that ran almost nothing."""
    return recipe_of(plan(request_for(FILES, changed("a/README.md"))))


def test_a_recipe_holds_every_known_job_whatever_its_run_selected(recipe: Recipe) -> None:
    assert len(recipe.jobs) == 6


def test_the_change_decides_what_a_recipe_runs(recipe: Recipe) -> None:
    made = plan(request_for(FILES, changed("b/b.go"), recipes=[recipe]))

    assert made.recipe_source is RecipeSource.RECIPE
    assert (made.recipe_id, made.recipe_version) == ("recipe_1", 1)
    assert [job.name for job in made.jobs] == ["build:b", "test:b", "lint:b"]
    assert made.jobs[1].reason == (
        "recipe recipe_1 v1: go test triggered by change in projects: b (project: b)"
    )
    assert len(made.skipped_jobs) == 3
    assert made.explain == (
        "diff-aware planner v1: changed paths: b/b.go; "
        f"fingerprint {made.fingerprint[7:15]}; recipe recipe_1 v1; "
        "code change; impacted projects: b"
    )
    assert made.known_jobs == ()


def test_a_recipe_keeps_the_steps_that_it_was_saved_with(recipe: Recipe) -> None:
    old = tuple(replace(job, spec=replace(job.spec, steps=("old step",))) for job in recipe.jobs)

    made = plan(request_for(FILES, changed("b/b.go"), recipes=[replace(recipe, jobs=old)]))

    assert {job.spec.steps for job in made.jobs} == {("old step",)}


@pytest.mark.parametrize("fork", [True, False])
def test_a_recipe_never_decides_whether_caches_may_be_written(recipe: Recipe, fork: bool) -> None:
    opposite = tuple(
        replace(
            job,
            spec=replace(
                job.spec,
                caches=tuple(replace(cache, read_only=not fork) for cache in job.spec.caches),
            ),
        )
        for job in recipe.jobs
    )
    stored = replace(recipe, jobs=opposite)

    made = plan(request_for(FILES, changed("b/b.go"), recipes=[stored], fork=fork))

    assert {cache.read_only for job in made.jobs for cache in job.spec.caches} == {fork}


def test_another_fingerprint_is_discovered_anew(recipe: Recipe) -> None:
    made = plan(
        request_for(FILES | {"b/go.mod": "module b2\n"}, changed("b/go.mod"), recipes=[recipe])
    )

    assert made.recipe_source is RecipeSource.DISCOVERY
    assert made.explain.endswith("no recipe matched fingerprint")
    assert len(made.known_jobs) == 6


def test_a_recipe_that_lost_a_job_is_stale(recipe: Recipe) -> None:
    partial = replace(recipe, jobs=recipe.jobs[:1])

    made = plan(request_for(FILES, changed("b/b.go"), recipes=[partial]))

    assert made.recipe_source is RecipeSource.DISCOVERY
    assert made.explain.endswith("recipe recipe_1 v1 is stale")


def test_the_newest_version_is_replayed(recipe: Recipe) -> None:
    newer = replace(recipe, id="recipe_2", version=2)

    for recipes in ([recipe, newer], [newer, recipe]):
        made = plan(request_for(FILES, changed("b/b.go"), recipes=recipes))
        assert made.recipe_id == "recipe_2"


def test_stored_jobs_read_back_as_they_were() -> None:
    known = plan(request_for(FILES, changed("b/b.go"))).known_jobs

    assert jobs_from_json(jobs_to_json(known)) == known


@pytest.mark.parametrize("text", ["{", "{}x", '[{"name": 1}]', "[1]", "null"])
def test_anything_else_is_not_a_job_set(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - JSON's own message or ours
        jobs_from_json(text)
