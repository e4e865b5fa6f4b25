"""Build what a server process is made of, from its settings. No container, no globals."""

from pathlib import Path

from deltaci.addresses import AddressRules
from deltaci.admission import Admission
from deltaci.artifact_places import listed
from deltaci.artifacts.built import FolderArtifacts, ObjectArtifacts
from deltaci.artifacts.local import LocalBlobs
from deltaci.artifacts.port import ArtifactSource, BlobStore
from deltaci.builds.examine import Examiner
from deltaci.builds.inspect import Inspector
from deltaci.builds.ports import Verifications
from deltaci.builds.signature import SignatureCheck
from deltaci.clock import utc_now
from deltaci.core import Core
from deltaci.governance.first_publishers import first_publishers
from deltaci.sealing import Seal
from deltaci.senders.apprise_sender import AppriseSender
from deltaci.senders.cdevents import CdeventsSender
from deltaci.senders.port import Sender, Senders
from deltaci.senders.slack import SlackSender
from deltaci.senders.smtp import EmailSender
from deltaci.senders.webhook import WebhookSender
from deltaci.settings import Settings
from deltaci.store.database import Database
from deltaci.vcs import git_upkeep
from deltaci.vcs.bitbucket.forge import bitbucket_forge
from deltaci.vcs.commits import Access, MirrorSource
from deltaci.vcs.git_login import CredentialSource
from deltaci.vcs.gitea.forge import gitea_forge
from deltaci.vcs.github.forge import github_forge
from deltaci.vcs.gitlab.forge import gitlab_forge
from deltaci.vcs.port import Forges

MIRRORS = "mirrors"


def build_core(settings: Settings) -> Core:
    """Open the database and the blob store. Raises ValueError for settings that mean nothing."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    first_publishers(settings.ci_publishers)  # a mistake in them is told now, not to callers
    return Core(
        database=Database(settings.resolved_database_url),
        blobs=_blobs(settings),
        clock=utc_now,
        settings=settings,
        seal=Seal.load(settings.encryption_keys.get_secret_value(), settings.data_dir),
    )


def build_commits(settings: Settings, credentials: CredentialSource | None = None) -> MirrorSource:
    """Keep mirrors of repositories in the data folder, fetched with these credentials."""
    lookups = Admission(settings.lookups_max_count, "looking up of refs")
    access = Access(
        AddressRules.of(settings), lookups, settings.lookup_timeout_seconds, credentials
    )
    return MirrorSource(settings.data_dir / MIRRORS, settings.git_timeout_seconds, access)


def build_forges(settings: Settings) -> Forges:
    """Build the adapter of every forge that has an address; a repository may have its own token."""
    seconds = settings.forge_timeout_seconds
    forges = (
        github_forge(settings.github, seconds, utc_now),
        gitlab_forge(settings.gitlab, seconds),
        gitea_forge(settings.gitea, seconds),
        bitbucket_forge(settings.bitbucket, seconds),
    )
    return {forge.provider: forge for forge in forges if forge.url}


def build_inspector(settings: Settings, elsewhere: Verifications | None = None) -> Inspector | None:
    """Build what looks at artifacts before they are registered; None when nobody does."""
    examiner = build_examiner(settings)
    return Inspector(examiner, settings, elsewhere) if examiner else None


def build_examiner(settings: Settings) -> Examiner | None:
    """Build what reads artifacts; None when nobody does."""
    match settings.artifact_verification:
        case "filesystem":
            source: ArtifactSource = FolderArtifacts(Path(settings.artifact_root))
        case "object_store":
            source = ObjectArtifacts()
        case _:
            return None
    return Examiner(source, settings, _signatures(settings, source))


def _signatures(settings: Settings, source: ArtifactSource) -> SignatureCheck | None:
    if settings.artifact_provenance == "off":
        return None
    from deltaci.artifacts.signatures import SigstoreVerifier  # noqa: PLC0415 - an optional extra

    identities = listed(settings.artifact_signer_identities)
    verifier = SigstoreVerifier(
        identities, settings.artifact_signer_issuer, settings.artifact_trust_root
    )
    return SignatureCheck(source, verifier, settings.artifact_provenance == "required")


def build_senders(settings: Settings) -> Senders:
    """Build the sender of every type of channel that is switched on."""
    ours = settings.notifications
    seconds, private = float(ours.timeout_seconds), ours.private
    senders: dict[str, Sender] = {
        "webhook": WebhookSender(seconds, private),
        "slack_webhook": SlackSender(seconds, private),
        "cdevents": CdeventsSender(seconds, private, settings.public_url or "/delta-ci"),
    }
    if ours.smtp_host:
        senders["email"] = EmailSender(ours)
    if ours.schemes:
        senders["apprise"] = AppriseSender(seconds, ours.schemes, private)
    return senders


async def tidy_mirrors(settings: Settings) -> int:
    """Do the day's upkeep of the mirrors, as far as it is due; returns how many were tidied."""
    return await git_upkeep.tidy_mirrors(
        settings.data_dir / MIRRORS, settings.mirror_keep_days, settings.git_timeout_seconds
    )


def _blobs(settings: Settings) -> BlobStore:
    if not settings.blob_url:
        return LocalBlobs(settings.data_dir / "blobs")
    from deltaci.artifacts.objects import ObjectBlobs  # noqa: PLC0415 - an optional extra

    return ObjectBlobs(settings.blob_url)
