"""A document says what the catalog becomes: all or nothing, and nothing twice."""

import asyncio
from typing import Any

import pytest

from deltaci.catalog.document.apply import apply_catalog, compare_catalog
from deltaci.catalog.document.export import export_catalog
from deltaci.core import Core
from deltaci.errors import DeltaError
from deltaci.governance.change import Author
from deltaci.identity.principal import OUR_ISSUER, Principal
from deltaci.identity.roles import Role
from deltaci.store.tables import AuditEvent, DeployRecipe, DeployRecipeRevision, GroupService
from deltaci.testing.row_reader import RowReader
from deltaci.wire.catalog_document import CatalogDocument

ADMIN = Author(Principal("root", OUR_ISSUER, frozenset({Role.ADMIN})), "req_1")
SHOP: dict[str, Any] = {
    "environments": {
        "staging": {"type": "staging"},
        "prod": {"type": "production", "display_name": "Live"},
    },
    "recipes": {
        "canary": {
            "name": "Canary",
            "engine_type": "webhook",
            "spec": {"engine": {"url": "https://deployer.example.test/deploy"}},
            "effective_behavior_summary": "One tenth first.",
            "secret": "the-first-secret",
        }
    },
    "groups": {
        "sellers": {
            "name": "Sellers",
            "owner": "Ada@example.test, bob@example.test",
            "services": ["shop"],
            "allowed_recipes": ["canary"],
            "guardrails": {
                "daily_deploy_quota": 5,
                "freeze_windows": [
                    {
                        "recurrence": "once",
                        "starts_at": "2026-12-24T00:00:00",
                        "ends_at": "2026-12-27T00:00:00",
                        "timezone": "Europe/Berlin",
                    }
                ],
            },
            "environments": {
                "staging": {},
                "prod": {"guardrails": {"required_approvals": 2}},
            },
        }
    },
    "services": {"shop": {"routes": {"staging": "canary", "prod": "canary"}}},
}


async def apply(core: Core, document: Any) -> list[str]:
    wanted = CatalogDocument.model_validate(document)
    compared = await compare_catalog(core, wanted)
    applied = await apply_catalog(core, ADMIN, wanted)
    assert compared.changes == applied.changes
    return [change.path for change in applied.changes]


async def faults(core: Core, document: Any) -> set[str]:
    before = await export_catalog(core)
    with pytest.raises(DeltaError) as refused:
        await apply_catalog(core, ADMIN, CatalogDocument.model_validate(document))
    assert await export_catalog(core) == before
    return {fault["field"] for fault in refused.value.details["fields"]}


async def test_a_document_makes_everything_at_once(core: Core) -> None:
    await apply(core, SHOP)

    said = await export_catalog(core)
    assert said.environments["prod"]["display_name"] == "Live"
    assert said.groups["sellers"]["owner"] == "ada@example.test,bob@example.test"
    assert said.groups["sellers"]["environments"] == {
        "staging": {"is_enabled": True, "order_index": 0, "guardrails": {}},
        "prod": {"is_enabled": True, "order_index": 1, "guardrails": {"required_approvals": 2}},
    }
    assert said.services["shop"]["routes"] == {"prod": "canary", "staging": "canary"}
    assert "secret" not in str(said)


async def test_applying_again_changes_and_records_nothing(core: Core, rows: RowReader) -> None:
    await apply(core, SHOP)
    events = len(await rows.all(AuditEvent))

    assert await apply(core, SHOP) == []

    assert len(await rows.all(AuditEvent)) == events
    (recipe,) = await rows.all(DeployRecipe)
    assert recipe.revision == 1


async def test_what_is_exported_applies_without_changes(core: Core) -> None:
    await apply(core, SHOP)

    exported = (await export_catalog(core)).model_dump(mode="json")

    assert await apply(core, exported) == []


async def test_what_is_left_out_stays_and_a_list_that_is_given_is_complete(core: Core) -> None:
    await apply(core, SHOP)

    changes = await apply(
        core,
        {
            "environments": {"prod": {"description": "careful"}},
            "groups": {"sellers": {"environments": {"prod": None}}},
            "services": {"shop": {"routes": {"prod": "canary"}}},
        },
    )

    assert set(changes) == {
        "environments.prod.description",
        "groups.sellers.environments.staging",
        "services.shop.routes.staging",
    }
    said = await export_catalog(core)
    assert said.environments["prod"]["display_name"] == "Live"
    assert said.groups["sellers"]["environments"]["prod"]["order_index"] == 1
    assert said.services["shop"]["routes"] == {"prod": "canary"}


async def test_only_a_changed_secret_is_a_change_and_it_is_told_to_nobody(
    core: Core, rows: RowReader
) -> None:
    await apply(core, SHOP)
    other = {"recipes": {"canary": {"secret": "the-second-secret"}}}

    assert await apply(core, other) == ["recipes.canary.secret"]
    assert await apply(core, other) == []

    (recipe,) = await rows.all(DeployRecipe)
    assert recipe.sealed_secret is not None
    assert core.seal.open(recipe.sealed_secret) == "the-second-secret"
    events = [event.details for event in await rows.all(AuditEvent)]
    kept = [revision.document for revision in await rows.all(DeployRecipeRevision)]
    assert "-secret" not in str([*events, *kept])
    assert await apply(core, {"recipes": {"canary": {"secret": ""}}}) == ["recipes.canary.secret"]


async def test_services_move_between_groups_in_one_document(core: Core, rows: RowReader) -> None:
    await apply(core, SHOP | {"services": {"shop": None, "till": None}})
    await apply(core, {"groups": {"z-old": {"name": "Z", "services": ["till"]}}})

    await apply(
        core,
        {
            "groups": {
                "a-new": {"name": "A", "services": ["shop"]},
                "sellers": {"services": ["till"]},
                "z-old": {"services": []},
            }
        },
    )

    groups = {row.service: row.group_id for row in await rows.all(GroupService)}
    assert groups == {"shop": "a-new", "till": "sellers"}


async def test_every_fault_is_named_by_its_path_and_nothing_is_written(core: Core) -> None:
    await apply(core, SHOP | {"environments": SHOP["environments"] | {"old": {}}})
    await apply(core, {"environments": {"old": {"lifecycle_state": "retired"}}})

    assert await faults(
        core,
        {
            "environments": {"Not Good": {}, "prod": {"type": "dev"}, "fresh": {}},
            "recipes": {
                "empty": {},
                "hook": {
                    "name": "H",
                    "engine_type": "webhook",
                    "effective_behavior_summary": "Hooks.",
                },
                "job": {
                    "name": "J",
                    "engine_type": "runner",
                    "effective_behavior_summary": "Runs.",
                    "spec": {"engine": {"steps": ["make"], "colour": "red"}},
                },
            },
            "groups": {
                "others": {"services": ["shop", "nobody"], "allowed_recipes": ["gone"]},
                "sellers": {"environments": {"old": {}, "nowhere": {}}},
            },
            "services": {
                "till": {
                    "routes": {"old": "canary", "prod": "gone"},
                    "allowed_artifact_sources": ["nothing"],
                    "allowed_recipes": ["gone"],
                }
            },
        },
    ) == {
        "environments.Not Good",
        "environments.prod.type",
        "recipes.empty.name",
        "recipes.empty.engine_type",
        "recipes.empty.effective_behavior_summary",
        "recipes.hook.spec.engine.url",
        "recipes.job.spec.engine.colour",
        "groups.others.name",
        "groups.others.services.0",
        "groups.others.services.1",
        "groups.others.allowed_recipes.0",
        "groups.sellers.services.0",
        "groups.sellers.environments.old",
        "groups.sellers.environments.nowhere",
        "services.till.routes.old",
        "services.till.routes.prod",
        "services.till.allowed_artifact_sources.0",
        "services.till.allowed_recipes.0",
    }


async def test_of_documents_applied_at_once_each_is_whole_or_refused(core: Core) -> None:
    await apply(core, SHOP)
    documents = [
        {
            "environments": {name: {"description": f"{each}"} for name in ("staging", "prod")},
            "recipes": {"canary": {"description": f"{each}"}},
        }
        for each in range(6)
    ]

    outcomes = await asyncio.gather(
        *(
            apply_catalog(core, ADMIN, CatalogDocument.model_validate(document))
            for document in documents
        ),
        return_exceptions=True,
    )

    assert any(not isinstance(each, BaseException) for each in outcomes)
    assert all(
        not isinstance(each, BaseException) or isinstance(each, DeltaError) for each in outcomes
    )
    said = await export_catalog(core)
    descriptions = {each["description"] for each in said.environments.values()}
    assert descriptions == {said.recipes["canary"]["description"]}


async def test_what_is_said_of_a_service_at_once_is_said_of_it_together(core: Core) -> None:
    """A file that leaves a key out never brings back what it was, with whom it let in."""
    await apply(core, SHOP)
    for each in range(5):
        said: dict[str, Any] = {
            "description": f"{each}",
            "allowed_artifact_sources": [f"s3://artifacts/{each}"],
            "allowed_repositories": [f"acme/{each}"],
        }
        documents = [{"services": {"shop": {key: value}}} for key, value in said.items()]

        await asyncio.gather(
            *(
                apply_catalog(core, ADMIN, CatalogDocument.model_validate(document))
                for document in documents
            )
        )

        shop = (await export_catalog(core)).services["shop"]
        assert {key: shop[key] for key in said} == said
