"""What a registration may say: versions, moments, addresses and artifacts (spec §1.1)."""

import pytest
from dirty_equals import IsPartialDict, IsStr

from deltaci.testing.registrar import Registrar


@pytest.mark.parametrize(
    "version", ["1.0.0", "0.0.0", "10.20.30", "1.0.0-rc.1", "1.0.0-a-b.c", "01.2.3"]
)
async def test_versions_of_the_form_are_accepted(registry: Registrar, version: str) -> None:
    answer = await registry.register(await registry.build(version=version))

    assert (answer.status_code, answer.json()["version"]) == (201, version)


@pytest.mark.parametrize(
    "version",
    [
        "v1.0.0",
        "1.0.0+meta",
        "1.0",
        "1.0.0-",
        "1.0.0\n",
        " 1.0.0",
        "1.0.0-a_b",
        "\u0661.0.0",
        "latest",
    ],
)
async def test_other_versions_are_invalid(registry: Registrar, version: str) -> None:
    answer = await registry.register(await registry.build(version=version))

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_VERSION")


@pytest.mark.parametrize(
    ("moment", "utc"),
    [
        ("2026-02-27T01:00:00+01:00", "2026-02-27T00:00:00.000Z"),
        ("2026-02-26T19:00:00.250-05:00", "2026-02-27T00:00:00.250Z"),
    ],
)
async def test_moments_are_kept_in_utc(registry: Registrar, moment: str, utc: str) -> None:
    answer = await registry.register(await registry.build(built_at=moment))

    assert answer.json()["built_at"] == utc


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("built_at", "2026-02-27T00:00:00", "INVALID_TIMESTAMP"),
        ("built_at", "2026-02-27", "INVALID_TIMESTAMP"),
        ("built_at", "yesterday", "INVALID_TIMESTAMP"),
        ("built_at", "0001-01-01T00:00:00+10:00", "INVALID_TIMESTAMP"),
        ("commit_url", "ftp://git.example.test/1", "INVALID_URL"),
        ("commit_url", "https://", "INVALID_URL"),
        ("run_url", "javascript:alert(1)", "INVALID_URL"),
        ("run_url", "http://[::1", "INVALID_URL"),
        ("run_url", "https://ci.example.test/a b", "INVALID_URL"),
    ],
)
async def test_what_makes_no_sense_is_invalid_and_named(
    registry: Registrar, field: str, value: str, reason: str
) -> None:
    answer = await registry.register(await registry.build(**{field: value}))

    assert answer.status_code == 400
    assert answer.json() == IsPartialDict(
        code="INVALID_REQUEST",
        message=IsStr(regex=f"{field} .*"),
        details={"invalid_fields": [field], "reason": reason},
    )


@pytest.mark.parametrize(
    "reference",
    [
        "artifact.zip",
        "s3://bucket",
        "s3://bucket/",
        "s3:///key.zip",
        "s3://bucket/key.tar",
        "s3://bucket/../other/key.zip",
        "s3://bucket//key.zip",
        "s3://user@bucket/key.zip",
        "gs://bucket/key.zip",
        "https://bucket/key.zip",
    ],
)
async def test_other_references_are_no_artifacts(registry: Registrar, reference: str) -> None:
    answer = await registry.register(await registry.build(artifactRef=reference))

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_ARTIFACT")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"s3Bucket": "artifacts", "s3Key": "shop/1.zip"}, 201),
        ({"s3Bucket": "others"}, 400),
        ({"s3Bucket": "artifacts", "s3Key": "shop/2.zip"}, 400),
        ({"checksum_sha256": "A" * 64, "sha256": "a" * 64}, 201),
        ({"checksum_sha256": "b" * 64, "sha256": "a" * 64}, 400),
    ],
)
async def test_what_is_said_twice_must_agree(
    registry: Registrar, said: dict[str, str], status: int
) -> None:
    build = await registry.build(artifactRef="s3://artifacts/shop/1.zip", **said)

    answer = await registry.register(build)

    assert answer.status_code == status
    assert answer.json().get("code") == (None if status == 201 else "INVALID_ARTIFACT")


@pytest.mark.parametrize(
    ("reference", "status"),
    [
        ("s3://artifacts/shop/1.zip", 201),
        ("s3://artifacts/shop/deeper/1.zip", 201),
        ("s3://artifacts/shop-evil/1.zip", 400),
        ("s3://artifacts/1.zip", 400),
        ("s3://artifacts-evil/shop/1.zip", 400),
    ],
)
async def test_an_artifact_lies_where_its_service_says(
    registry: Registrar, reference: str, status: int
) -> None:
    service = await registry.service("s3://artifacts/shop/")

    answer = await registry.register(await registry.build(service=service, artifactRef=reference))

    assert answer.status_code == status
