"""The release manifest, first line of every bundle: in-toto `release/v0.1` and what we add.

Besides the standard `purl` it lists the artifacts with sizes and platforms, what else
evidence may be about (`links`), how each collector's run ended, and when each collected
statement was collected. All of that is therefore signed, and judging needs no other file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance import strict_json, timestamps
from assurance.errors import FormatError
from assurance.fields import Fields
from assurance.model import Artifact, CollectorRun, Release, Statement, Status, Subject
from assurance.predicates import RELEASE
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

RUN_STATES = ("ok", Status.MISSING.value, Status.INDETERMINATE.value)
SELF_TEST_STATES = ("passed", "failed", "none", "not-run")


class Collected(Value):
    """One collected statement, as the release manifest remembers it."""

    payload_sha256: str
    collector: str
    collected_at: datetime


class ReleaseManifest(Value):
    """What the releaser signs about the release and its collection."""

    release: Release
    links: tuple[Subject, ...]
    """What evidence may be about besides the artifacts: revision, services."""
    settings_digest: str
    weakenings: tuple[str, ...]
    collectors: tuple[CollectorRun, ...]
    collected: tuple[Collected, ...]
    """In the order of the lines that follow."""


def purl(release: Release) -> str:
    """Return the package URL of a Python release (purl-spec, type `pypi`)."""
    from urllib.parse import quote

    name = release.name.lower().replace("_", "-")
    return f"pkg:pypi/{quote(name, safe='.-')}@{quote(release.version, safe='.-~')}"


def artifact_object(artifact: Artifact) -> dict[str, Any]:
    """Return `artifact` as our predicates write it."""
    return {
        "name": artifact.name,
        "sha256": artifact.sha256,
        "size": artifact.size,
        "platform": artifact.platform,
    }


def read_artifacts(fields: Fields, key: str = "artifacts") -> tuple[Artifact, ...]:
    """Read the array of artifacts at `key`.

    Raises:
        FormatError: wrong shape, or one name twice.
    """
    artifacts = tuple(
        Artifact(
            name=item.text("name"),
            sha256=item.sha256("sha256"),
            size=item.whole_or_none("size"),
            platform=item.text_or_none("platform"),
        )
        for item in fields.objects(key)
    )
    if len({artifact.name for artifact in artifacts}) != len(artifacts):
        raise FormatError(
            f"`{fields.key}.{key}` names an artifact twice",
            remedy="make the release manifest again",
            where=fields.where,
        )
    return artifacts


def run_object(run: CollectorRun) -> dict[str, Any]:
    """Return `run` as the release manifest and the readiness predicate write it."""
    return {
        "name": run.name,
        "plugin": run.plugin,
        "distribution": run.distribution,
        "version": run.version,
        "digest": run.digest,
        "status": run.status,
        "reason": run.reason,
        "required": run.required,
        "predicateTypes": list(run.predicate_types),
        "selfTest": run.self_test,
        "durationMs": run.duration_ms,
        "remedy": run.remedy,
    }


def read_runs(fields: Fields, key: str = "collectors") -> tuple[CollectorRun, ...]:
    """Read the array of collector runs at `key`.

    Raises:
        FormatError: wrong shape, unknown status, or one name twice.
    """
    runs = tuple(
        CollectorRun(
            name=item.text("name"),
            plugin=item.text("plugin"),
            distribution=item.text("distribution"),
            version=item.text("version"),
            digest=item.sha256("digest"),
            status=_one_of(item, "status", RUN_STATES),
            reason=item.text_or_none("reason"),
            required=item.flag("required"),
            predicate_types=item.texts("predicateTypes"),
            self_test=_one_of(item, "selfTest", SELF_TEST_STATES),
            duration_ms=item.whole("durationMs"),
            remedy=item.text_or_none("remedy"),
        )
        for item in fields.objects(key)
    )
    if len({run.name for run in runs}) != len(runs):
        raise FormatError(
            f"`{fields.key}.{key}` names a collector twice",
            remedy="make the release manifest again",
            where=fields.where,
        )
    return runs


def _one_of(fields: Fields, key: str, allowed: tuple[str, ...]) -> str:
    value = fields.text(key)
    if value not in allowed:
        raise FormatError(
            f"`{fields.key}.{key}` must be one of {', '.join(allowed)}, found {value!r:.60}",
            remedy="make the release manifest again",
            where=fields.where,
        )
    return value


def _link_object(link: Subject) -> dict[str, Any]:
    found: dict[str, Any] = {"digest": dict(link.digest)}
    if link.name is not None:
        found["name"] = link.name
    if link.uri is not None:
        found["uri"] = link.uri
    return found


def _read_link(fields: Fields) -> Subject:
    digests = fields.object("digest")
    pairs = fields.get("digest")
    return Subject(
        name=fields.text_or_none("name"),
        uri=fields.text_or_none("uri"),
        digest=tuple((key, digests.text(key)) for key in sorted(pairs)),
    )


def write(manifest: ReleaseManifest, *, now: datetime) -> Statement:
    """Return the release manifest as a statement about all artifacts."""
    release = manifest.release
    predicate = {
        "purl": purl(release),
        "name": release.name,
        "version": release.version,
        "revision": release.revision,
        "environment": release.environment,
        "resourceUri": release.resource_uri,
        "collectedAt": timestamps.format_utc(now),
        "artifacts": [artifact_object(artifact) for artifact in release.artifacts],
        "links": [_link_object(link) for link in manifest.links],
        "settingsDigest": manifest.settings_digest,
        "weakenings": list(manifest.weakenings),
        "collectors": [run_object(run) for run in manifest.collectors],
        "collected": [
            {
                "payloadSha256": item.payload_sha256,
                "collector": item.collector,
                "collectedAt": timestamps.format_utc(item.collected_at),
            }
            for item in manifest.collected
        ],
    }
    return Statement(
        predicate_type=RELEASE, predicate=strict_json.dumps(predicate), collected_at=now
    )


def read(predicate: Mapping[str, Any], *, where: str) -> ReleaseManifest:
    """Read the predicate of the release manifest.

    Raises:
        FormatError: wrong shape.
    """
    fields = Fields(predicate, where=where)
    fields.text("purl")
    fields.time("collectedAt")
    release = Release(
        name=fields.text("name"),
        version=fields.text("version"),
        revision=fields.text_or_none("revision"),
        artifacts=read_artifacts(fields),
        environment=fields.text("environment"),
        resource_uri=fields.text("resourceUri"),
    )
    return ReleaseManifest(
        release=release,
        links=tuple(_read_link(link) for link in fields.objects("links")),
        settings_digest=fields.sha256("settingsDigest"),
        weakenings=fields.texts("weakenings"),
        collectors=read_runs(fields),
        collected=tuple(
            Collected(
                payload_sha256=item.sha256("payloadSha256"),
                collector=item.text("collector"),
                collected_at=item.time("collectedAt"),
            )
            for item in fields.objects("collected")
        ),
    )
