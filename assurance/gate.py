"""The way of a release in two halves: `collect_draft` ends with the draft, `decide_draft` seals.

This is the one place that puts the stages together and touches the output folder; the
commands `collect`, `decide` and `run` call it. Each stage's module says what it does.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from assurance import (
    attest,
    bundle,
    documents,
    draft_release,
    envelope,
    last_release,
    release_manifest,
    replaced_draft,
    settings_plugins,
    source_date,
    strict_json,
    trust_file,
)
from assurance import collect as collecting
from assurance import release as releases
from assurance import seal as sealing
from assurance.bounded_file import read_file
from assurance.entry_points import OWN_DISTRIBUTION
from assurance.errors import FormatError, PluginError, UsageError
from assurance.evidence_files import evidence_files, write_atomic
from assurance.model import CollectorRun, Status
from assurance.plugin_host import PluginHost, PluginName, offered
from assurance.policy_choice import left_out, load_policies
from assurance.predicate_schema import validate, validate_with
from assurance.publish import NO_LOG, provider_of, publish
from assurance.settings_signers import check_roles, open_roles
from assurance.value import Value, replace
from assurance.verdict import Gate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from assurance.evidence_files import EvidenceFiles
    from assurance.interfaces import PolicyEngine, PolicySet, Receipt
    from assurance.model import Release, Statement, Subject, Verdict
    from assurance.progress import Progress
    from assurance.release_manifest import Collected
    from assurance.replaced_draft import Replaced
    from assurance.settings import Settings
    from assurance.trust import Trust

_INIT = "check the path; `assurance init` writes a first one"
_OURS = ("policy", "report", "signing")
"""Our own plugins that every run needs, whatever it collects."""
_COLLECTS, _DECIDES = ("releaser", "collector"), ("policy", "verifier")
"""Roles that each half of the way signs in."""
_ROOM = "make room, or choose another folder with --out"


class Draft(Value):
    """What the first half left."""

    files: EvidenceFiles
    lines: int
    runs: tuple[CollectorRun, ...]
    release: Release
    judging: tuple[PolicyEngine, PolicySet] | None = None
    """For `decide_draft`, where the decision follows."""
    replaced: Replaced | None = None
    """The draft before this one, where people had signed something in it."""


class Decided(Value):
    """What the second half left."""

    files: EvidenceFiles
    verdict: Verdict
    trust: Trust
    bundle_sha256: str
    lines: int
    receipt: Receipt | None
    printed: tuple[str, ...] = ()
    """What the policies printed."""


def load_host(settings: Settings) -> PluginHost:
    """Load exactly the plugins that the settings need.

    Raises:
        PluginError: one does not load.
    """
    names = {PluginName(name=name, distribution=OWN_DISTRIBUTION) for name in _OURS}
    names |= {
        PluginName(name=item.plugin, distribution=item.distribution) for item in settings.collect
    }
    if settings.log is not None:
        names.add(PluginName(name="log", distribution=OWN_DISTRIBUTION))
    try:
        return PluginHost.load(sorted(names, key=lambda item: (item.name, item.distribution)))
    except PluginError as error:
        settings_plugins.locate(error, settings)
        raise


def load_trust(settings: Settings) -> Trust:
    """Read the settings' trust file.

    Raises:
        TrustFileError: it cannot be read, or breaks its schema.
    """
    return trust_file.load(settings.root / settings.gate.trust, remedy=_INIT)


def _check_decidable(settings: Settings, host: PluginHost) -> Trust:
    """Return the trust file, if the settings have all that a decision needs; no key is opened.

    Raises:
        UsageError: the trust file cannot be used, or nothing signs in a role or offers the log.
    """
    check_roles(settings, host, *_DECIDES)
    if settings.log is not None:
        provider_of(settings.log, offered(host.logs()))
    return load_trust(settings)


def collect_draft(
    settings: Settings,
    host: PluginHost,
    *,
    out: Path,
    now: datetime,
    progress: Progress,
    weakenings: Sequence[str] = (),
    decides: bool = False,
) -> Draft:
    """Collect, sign, and write the draft.

    Args:
        settings: As read.
        host: Loaded plugins.
        out: Output folder.
        now: UTC.
        progress: Told about each collector.
        weakenings: What the command line made weaker.
        decides: Whether the decision follows in this very run: then engine and policies are
            looked at before anything is collected.

    Raises:
        SettingsError: nothing to collect, the release cannot be named, the checklist cannot be
            used, or nothing signs in a role or offers the log: all before anything is collected.
        UsageError: `decides`, and the engine, a policy or the trust file cannot be used.
        SignerError: the draft cannot be signed.
        UndecidedError: the draft cannot be written.
    """
    # First of all: what comes next may take long, fail or be stopped, and no stale GO may stay.
    files = evidence_files(out, *releases.name_and_version(settings))
    last_release.check_place(settings, files)
    files.remove_results()
    release, artifacts = releases.read_release(settings)
    judging = load_policies(settings, host) if decides else None
    check_roles(settings, host, *_COLLECTS)
    if decides:
        _check_decidable(settings, host)
    named = documents.statement(settings, now=now)
    # The draft stays until it is known that there can be another one.
    replaced = replaced_draft.put_aside(files)
    collected = collecting.collect(
        settings,
        release,
        artifacts,
        host,
        now=source_date.collector_time(now, os.environ),
        out=out,
        progress=progress,
    )
    runs, kept = _validated(collected.runs, collected.statements, host)
    if named is not None:
        kept.append((documents.COLLECTOR, named))
    imported, lost = _imported(settings, host)
    # Keys are opened only now, when no collector runs any more.
    signers = open_roles(settings, host, *_COLLECTS)
    lines = [attest.attest(made, release, signers) for _, made in kept]
    entries = [
        _entry(line, collector, made.collected_at)
        for line, (collector, made) in zip(lines, kept, strict=True)
    ]
    lines += imported
    entries += [_entry(line, "import", now) for line in imported]
    manifest = release_manifest.ReleaseManifest(
        release=release,
        links=_links(release, kept),
        settings_digest=settings.digest,
        weakenings=tuple(sorted({*releases.weakenings(settings, release), *weakenings})),
        collectors=(*runs, *lost),
        collected=tuple(entries),
    )
    first = attest.attest(release_manifest.write(manifest, now=now), release, signers)
    write_atomic(files.draft, bundle.write((first, *lines)), remedy=_ROOM)
    return Draft(
        files=files,
        lines=1 + len(lines),
        runs=runs,
        release=release,
        judging=judging,
        replaced=replaced,
    )


def _entry(line: bytes, collector: str, moment: datetime) -> Collected:
    payload = envelope.read(line, where="draft").payload
    return release_manifest.Collected(
        payload_sha256=bundle.digest(payload), collector=collector, collected_at=moment
    )


def _validated(
    runs: tuple[CollectorRun, ...],
    made: Sequence[tuple[str, Statement]],
    host: PluginHost,
) -> tuple[tuple[CollectorRun, ...], list[tuple[str, Statement]]]:
    """Drop statements that break their predicate's schema; their collector has failed."""
    schemas = {item.uri: item.schema for item in offered(host.predicates()).values()}
    broken: dict[str, str] = {}
    for collector, item in made:
        try:
            predicate: Any = strict_json.loads(item.predicate, what="predicate")
            validate(item.predicate_type, predicate)
            if item.predicate_type in schemas:
                validate_with(schemas[item.predicate_type], item.predicate_type, predicate)
        except FormatError as error:
            broken.setdefault(collector, f"its {item.predicate_type} breaks its schema: {error}")
    kept = [(collector, item) for collector, item in made if collector not in broken]
    return (
        tuple(
            replace(run, status=Status.INDETERMINATE.value, reason=broken[run.name])
            if run.name in broken
            else run
            for run in runs
        ),
        kept,
    )


def _links(release: Release, made: Sequence[tuple[str, Statement]]) -> tuple[Subject, ...]:
    """Return what the evidence is about besides the artifacts, each once, sorted."""
    artifacts = set(release.subjects)
    found = {subject for _, item in made for subject in item.subjects if subject not in artifacts}
    return tuple(sorted(found, key=lambda item: (item.name or "", item.uri or "", item.digest)))


def _imported(settings: Settings, host: PluginHost) -> tuple[list[bytes], tuple[CollectorRun, ...]]:
    """Return foreign attestations, and a failed run for each file that is not there."""
    lines: list[bytes] = []
    lost: list[CollectorRun] = []
    ours = next(plugin for plugin in host.plugins if plugin.name == _OURS[0])
    for path in settings.imports:
        shown = path.relative_to(settings.root) if path.is_relative_to(settings.root) else path
        if not path.exists():
            lost.append(
                CollectorRun(
                    name=f"import-{len(lost) + 1}",
                    plugin="import",
                    distribution=ours.distribution,
                    version=ours.version,
                    digest=ours.digest,
                    status=Status.MISSING.value,
                    reason=f"no attestations at {shown}",
                    required=True,
                    predicate_types=(),
                    self_test="not-run",
                    duration_ms=0,
                    remedy=f"put the attestations at {shown}, or take the [[import]] out",
                )
            )
            continue
        data = read_file(path, what="the attestations to import", limit=bundle.MAX_BYTES)
        lines += [line.attestation.line for line in bundle.read(data, where=str(shown))]
    return lines, tuple(lost)


def decide_draft(
    settings: Settings,
    host: PluginHost,
    *,
    draft: Path | None,
    out: Path,
    now: datetime,
    weakenings: Sequence[str] = (),
    judging: tuple[PolicyEngine, PolicySet] | None = None,
) -> Decided:
    """Judge the draft, decide, seal, publish, and write the results but for the verdict file.

    Args:
        settings: As read.
        host: Loaded plugins.
        draft: Its path; None: where `collect_draft` writes it.
        out: Output folder.
        now: UTC.
        weakenings: What the command line made weaker.
        judging: Engine and policies; None: what the settings name.

    Raises:
        UsageError: no draft, or the trust file cannot be used.
        FormatError: the draft is cut or changed.
        RefusedError: the draft is for another release or environment.
        SignatureError: a line does not verify.
        UndecidedError: signer, engine, log or disk failed.
    """
    release, _ = releases.read_release(settings)
    files = evidence_files(out, release.name, release.version)
    last_release.check_place(settings, files)
    path = files.draft if draft is None else draft
    if path.absolute() in files.results:
        raise UsageError(
            "this is where the sealed bundle and its files go, and a draft is expected",
            remedy="decide on the draft that `assurance collect` left (.draft.jsonl)",
            where=str(path),
        )
    data = read_file(
        path,
        what="the draft",
        limit=bundle.MAX_BYTES,
        remedy="make it first: assurance collect",
    )
    files.remove_results()
    draft_release.check(data, release, where=str(path))
    trust = _check_decidable(settings, host)
    engine, policies = judging or load_policies(settings, host)
    signers = open_roles(settings, host, *_DECIDES)
    gate_weakenings = [*weakenings, *left_out(settings, host)]
    if settings.log is None:
        gate_weakenings.append(NO_LOG)
    try:
        sealed = sealing.seal(
            data,
            policies=policies,
            engine=engine,
            trust=trust,
            signers=signers,
            gate=Gate(
                target_grade=settings.gate.target_grade,
                areas=settings.gate.areas,
                weakenings=tuple(gate_weakenings),
                previous=last_release.read_last(settings, trust=trust, release=release, now=now),
            ),
            artifacts_at_seal=release.artifacts,
            name=files.policies.name,
            now=now,
            where=str(path),
        )
    finally:
        engine.close()
    write_atomic(files.policies, sealed.archive, remedy=_ROOM)
    write_atomic(files.bundle, sealed.bundle, remedy=_ROOM)
    receipt = publish(
        sealed.bundle,
        settings.log,
        offered(host.logs()),
        root=settings.root,
        signer=lambda: open_roles(settings, host, "log")["log"],
    )
    if receipt is not None:
        write_atomic(files.receipt, receipt.proof, remedy=_ROOM)
    return Decided(
        files=files,
        verdict=sealed.verdict,
        trust=trust,
        bundle_sha256=sealed.sha256,
        lines=sealed.lines,
        receipt=receipt,
        printed=getattr(engine, "printed", ()),
    )
