"""Settings of how built artifacts are looked at before they are registered."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

from deltaci.artifact_places import listed, parse_prefix

Seconds = Annotated[int, Field(ge=1)]
Bytes = Annotated[int, Field(ge=1)]


class ArtifactSettings(BaseSettings):
    """The part of the settings that begins with `artifact_`."""

    artifact_verification: Literal["off", "filesystem", "object_store"] = Field(
        "off",
        description="Whether an artifact is looked at before its build is registered: `off` takes "
        "the caller's word, `filesystem` reads it in `artifact_root`, `object_store` reads it in "
        "S3, GCS or Azure.",
    )
    artifact_root: str = Field(
        "", description="Folder of artifacts for `filesystem`: `<bucket>/<key>` of artifactRef."
    )
    artifact_sources: str = Field(
        "",
        description="The only places, separated by commas, that artifacts may be in, as "
        "`s3://bucket/prefix`; a service may have narrower ones. Empty means any; "
        "`object_store` needs some.",
    )
    artifact_ref_schemes: Annotated[str, Field(min_length=1)] = Field(
        "s3", description="What artifactRef may begin with, separated by commas."
    )
    artifact_content_types: Annotated[str, Field(min_length=1)] = Field(
        "application/zip,application/gzip",
        description="Types that a looked at artifact may have, separated by commas.",
    )
    artifact_registration_max_bytes: Bytes = Field(
        209_715_200, description="Largest artifact that is looked at."
    )
    artifact_inline_max_bytes: Annotated[int, Field(ge=0)] = Field(
        16_777_216,
        description="Largest artifact that a request reads itself; a larger one is read by a "
        "worker, and a repeated request goes on waiting for the same reading.",
    )
    artifact_verification_seconds: Seconds = Field(
        30,
        description="Longest that a request waits for an artifact to be looked at; beyond, the API "
        "answers 503.",
    )
    artifact_verifications_max_count: Annotated[int, Field(ge=1)] = Field(
        8, description="Most artifacts that one API looks at at once; beyond, it answers 503."
    )

    artifact_provenance: Literal["off", "optional", "required"] = Field(
        "off",
        description="Whether a Sigstore bundle is looked for beside a looked at artifact, as "
        "`<artifact>.sigstore.json` or `<artifact>.intoto.jsonl`: `optional` notes what is found, "
        "`required` refuses a build without a valid one. Needs the extra `provenance`.",
    )
    artifact_signer_identities: str = Field(
        "",
        description="Who may have signed a bundle, as its certificate says, separated by commas "
        "and with `*`: `https://github.com/acme/*`.",
    )
    artifact_signer_issuer: str = Field(
        "", description="The OIDC issuer that has to have vouched for the signer."
    )
    artifact_trust_root: str = Field(
        "",
        description="File with the Sigstore trusted root, for an instance of your own or without "
        "internet; empty fetches that of the public instance.",
    )

    @model_validator(mode="after")
    def _artifacts_can_be_looked_at(self) -> Self:
        for source in listed(self.artifact_sources):
            try:
                parse_prefix(source)
            except ValueError as error:
                raise ValueError(f"artifact_sources cannot be read: {error}") from error
        if self.artifact_verification == "filesystem" and not self.artifact_root:
            raise ValueError("artifact_root is missing: filesystem reads artifacts there")
        if self.artifact_verification == "object_store" and not listed(self.artifact_sources):
            raise ValueError("artifact_sources is missing: our credentials must not open any place")
        return self

    @model_validator(mode="after")
    def _signers_are_named(self) -> Self:
        if self.artifact_provenance == "off":
            return self
        if self.artifact_verification == "off":
            raise ValueError("artifact_provenance needs artifact_verification: nobody looks")
        if not listed(self.artifact_signer_identities) or not self.artifact_signer_issuer:
            raise ValueError(
                "artifact_signer_identities or artifact_signer_issuer is missing: "
                "anybody can sign with Sigstore"
            )
        return self
