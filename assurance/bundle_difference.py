"""Two sealed bundles compared: what a release has that the one before had not, and the reverse.

`difference` gives one object, the same for JSON and for every view; its schema is
`schemas/output/diff.schema.json`. Each entry has `from` (bundle A) and `to` (bundle B), null where
that bundle has none. Times, ages and line numbers differ between any two bundles and are not
compared. Nothing is judged: what the evidence says is compared as it stands, linear in its size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance import (
    inventory_difference,
    policy_set,
    policy_statement,
    timestamps,
    verdict_difference,
)
from assurance.keyed_difference import entries, pair, texts
from assurance.predicates import POLICY_SET, READINESS, kind_of
from assurance.report import artifact_fields
from assurance.report_entry import at, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assurance.model import CollectorRun, SignOffState, Verdict
    from assurance.report_bundle import SealedBundle

SECTIONS: Final = (
    "verdict",
    "grade",
    "checks",
    "findings",
    "artifacts",
    "evidence",
    "components",
    "vulnerabilities",
    "waivers",
    "sign_offs",
    "weakenings",
    "not_checked",
    "policies",
    "collectors",
    "trust",
    "signers",
    "settings",
)
"""What is compared, in the order in which views show it."""
_RULE_FIELDS: Final = ("blocking", "weight", "severity", "max_age_seconds", "requires", "owner")
"""Metadata of a check that decides what it counts for."""


def difference(a: SealedBundle, b: SealedBundle) -> dict[str, Any]:
    """Return what differs between bundle `a` and bundle `b`, the newer one.

    Raises:
        FormatError: the release manifest or the policy set of one cannot be read.
    """
    first, second = a.document("diff"), b.document("diff")
    found: dict[str, Any] = {
        "verdict": _verdict(a.verdict, b.verdict),
        "grade": verdict_difference.grade(a.verdict, b.verdict),
        "checks": verdict_difference.checks(a.verdict.findings, b.verdict.findings),
        "findings": verdict_difference.findings(a.verdict.findings, b.verdict.findings),
        "artifacts": entries(_artifacts(a.verdict), _artifacts(b.verdict), "name"),
        "evidence": entries(_evidence(a), _evidence(b), "predicate_type"),
        "components": inventory_difference.components(a.statements, b.statements),
        "vulnerabilities": inventory_difference.vulnerabilities(a.statements, b.statements),
        "waivers": entries(_waivers(first), _waivers(second), "check", "subject"),
        "sign_offs": entries(_sign_offs(a.verdict), _sign_offs(b.verdict), "area"),
        "weakenings": texts(a.verdict.weakenings, b.verdict.weakenings),
        "not_checked": texts(a.verdict.not_checked, b.verdict.not_checked),
        "policies": _policies(a, b, first, second),
        "collectors": entries(_collectors(a.verdict), _collectors(b.verdict), "name"),
        "trust": _trust(a, b),
        "signers": _changed_keys(_signers(a), _signers(b)),
        "settings": pair(a.verdict.settings_digest or None, b.verdict.settings_digest or None),
    }
    changed = [name for name in SECTIONS if _is_changed(found[name])]
    return {"changed": changed, "a": _side(a), "b": _side(b), **found}


def _is_changed(section: Any) -> bool:
    if isinstance(section, list):
        return bool(section)
    return bool(section["changed"])


def _side(bundle: SealedBundle) -> dict[str, Any]:
    verdict = bundle.verdict
    return {
        "path": bundle.path,
        "sha256": bundle.sha256,
        "lines": bundle.lines,
        "release": {
            "name": verdict.release.name,
            "version": verdict.release.version,
            "revision": verdict.release.revision,
        },
        "environment": verdict.environment,
        "decided_at": timestamps.format_utc(verdict.decided_at),
        # Who calls knows whether the signatures were checked.
        "verified": None,
        "problem": None,
    }


def _verdict(a: Verdict, b: Verdict) -> dict[str, Any]:
    """Compare the two answers; the environment is part of the verdict's name."""
    found = pair(a.result.value, b.result.value)
    environment = pair(a.environment, b.environment)
    return {
        **found,
        "environment": {"from": a.environment, "to": b.environment},
        "changed": found["changed"] or environment["changed"],
    }


def _artifacts(verdict: Verdict) -> dict[tuple[str], dict[str, Any]]:
    """Return the artifacts by name, the release's own version in it replaced."""
    version = verdict.release.version
    named = {
        (artifact.name.replace(version, "VERSION"),): artifact_fields(artifact)
        for artifact in verdict.release.artifacts
    }
    if len(named) == len(verdict.release.artifacts):
        return named
    return {(artifact.name,): artifact_fields(artifact) for artifact in verdict.release.artifacts}


def _evidence(bundle: SealedBundle) -> dict[tuple[str], int]:
    """Return how many statements there are of each kind."""
    found: dict[tuple[str], int] = {}
    for line in bundle.statements:
        key = (line.statement.predicate_type,)
        found[key] = found.get(key, 0) + 1
    return found


def _waivers(document: Mapping[str, Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return the waivers by check and subject; the approval says more than its request."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for item in document["waivers"]:
        key = (item["check"], item["subject"])
        if key not in found or item["approver"]:
            found[key] = {
                name: item[name]
                for name in ("status", "reason", "owner", "requester", "approver", "expires_at")
            }
    return found


def _sign_offs(verdict: Verdict) -> dict[tuple[str], dict[str, Any]]:
    return {(state.area,): _sign_off(state) for state in verdict.sign_offs}


def _sign_off(state: SignOffState) -> dict[str, Any]:
    return {"state": state.state, "has": state.has, "needs": state.needs, "by": list(state.by)}


def _policies(
    a: SealedBundle, b: SealedBundle, first: Mapping[str, Any], second: Mapping[str, Any]
) -> dict[str, Any]:
    """Compare the policy sets: the digest, each check's metadata, and which files differ."""
    found = pair(a.verdict.policy_digest or None, b.verdict.policy_digest or None)
    old, new = _rules(first), _rules(second)
    checks = [
        {"check": name, "field": None, "from": name in old or None, "to": name in new or None}
        for name in sorted(old.keys() ^ new.keys())
    ]
    checks += [
        {"check": name, "field": key, "from": old[name][key], "to": new[name][key]}
        for name in sorted(old.keys() & new.keys())
        for key in _RULE_FIELDS
        if old[name][key] != new[name][key]
    ]
    files = entries(_files(a), _files(b), "path")
    engines = pair(a.verdict.engine, b.verdict.engine)
    return {
        **found,
        "engine": {"from": a.verdict.engine, "to": b.verdict.engine},
        "checks": checks,
        "files": files,
        "changed": found["changed"] or engines["changed"],
    }


def _rules(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {rule["id"]: rule for rule in document["rules"]}


def _files(bundle: SealedBundle) -> dict[tuple[str], str]:
    """Return the digest of each file of the policy set but the list of its checks."""
    found = {}
    for line in bundle.statements:
        if line.statement.predicate_type == POLICY_SET:
            where = f"{bundle.path}:{line.number}"
            archive = policy_statement.archive_of(line.statement.predicate, where=where)
            for path, content in policy_set.unpack(archive, where).files:
                if path != policy_set.CHECKS:
                    found[(path,)] = policy_set.digest(content)
    return found


def _collectors(verdict: Verdict) -> dict[tuple[str], dict[str, Any]]:
    return {(run.name,): _collector(run) for run in verdict.collectors}


def _collector(run: CollectorRun) -> dict[str, Any]:
    return {
        "status": run.status,
        "reason": run.reason,
        "self_test": run.self_test,
        "required": run.required,
        "distribution": run.distribution,
        "version": run.version,
        "sha256": run.digest,
    }


def _trust(a: SealedBundle, b: SealedBundle) -> dict[str, Any]:
    """Compare the trust files that the verdicts name."""
    return pair(_trust_of(a), _trust_of(b))


def _trust_of(bundle: SealedBundle) -> dict[str, Any]:
    found: Mapping[str, Any] = next(
        line.statement.predicate
        for line in bundle.statements
        if line.statement.predicate_type == READINESS
    )
    version = at(found, "trust", "version")
    return {
        "version": version if isinstance(version, int) else None,
        "sha256": text(at(found, "trust", "digest", "sha256")),
    }


def _signers(bundle: SealedBundle) -> dict[str, dict[str, Any]]:
    """Return who signed which kinds of lines, by key; holders where lines are verified."""
    holders = {signer.key: signer.holder for item in bundle.evidence for signer in item.signers}
    kinds: dict[str, set[str]] = {}
    for line in (line for group in bundle.groups for line in group):
        kinds.setdefault(line.attestation.hint, set()).add(
            kind_of(line.statement.predicate_type).name
        )
    return {
        key: {"holder": holders.get(key), "kinds": sorted(names)} for key, names in kinds.items()
    }


def _changed_keys(
    old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the keys that only one bundle has; what a key of both signed is told elsewhere."""
    return [
        {"key": key, "from": old.get(key), "to": new.get(key)}
        for key in sorted(old.keys() ^ new.keys())
    ]
