"""What people signed about documents, code and rules, as tables: reviews, documents, freezes.

The readers behind `assurance.report_contents`, for the predicates of docs/predicates. Each takes
any JSON object and fails on none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance.report_entry import at, entry, objects, table, text, yes_no

if TYPE_CHECKING:
    from collections.abc import Mapping


def review(predicate: Mapping[str, Any]) -> dict[str, Any]:
    """Return who looked at what, and the findings."""
    return entry(
        f"Review: {text(at(predicate, 'kind')) or 'of no named kind'}",
        facts=(
            ("Result", text(at(predicate, "result"))),
            ("Scope", text(at(predicate, "scope", "description"))),
            ("Commit", text(at(predicate, "commit"))),
            ("Ended", text(at(predicate, "completedAt"))),
            ("Reviewer", text(at(predicate, "reviewer", "name"))),
            ("Independent", yes_no(at(predicate, "reviewer", "independent"))),
            ("Document", text(at(predicate, "report", "name"))),
            ("SHA-256 of the document", text(at(predicate, "report", "digest", "sha256"))),
        ),
        tables=(
            table(
                "Findings of the review",
                ("Finding", "Severity", "State", "Owner"),
                [
                    tuple(text(item.get(key)) for key in ("title", "severity", "state", "owner"))
                    for item in objects(predicate, "findings")
                ],
            ),
        ),
    )


def reference(predicate: Mapping[str, Any]) -> dict[str, Any]:
    """Return the documents by digest."""
    documents = objects(predicate, "references")
    return entry(
        "Documents",
        facts=(("Documents", f"{len(documents):,}"),),
        tables=(
            table(
                "Documents by digest",
                ("Document", "SHA-256", "Media type"),
                [
                    (
                        text(item.get("name")),
                        text(at(item, "digest", "sha256")),
                        text(item.get("mediaType")),
                    )
                    for item in documents
                ],
            ),
        ),
    )


def freeze(predicate: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is frozen, by whom, since when, and why."""
    return entry(
        f"Freeze for {text(at(predicate, 'environment')) or 'no named environment'}",
        facts=(
            ("Since", text(at(predicate, "frozenAt"))),
            ("By", text(at(predicate, "frozenBy"))),
            ("Reason", text(at(predicate, "reason"))),
            ("Milestone", text(at(predicate, "milestone"))),
            ("SHA-256 of the policies", text(at(predicate, "policies", "digest", "sha256"))),
            ("SHA-256 of the checklist", text(at(predicate, "checklist", "digest", "sha256"))),
            ("Trust file version", text(at(predicate, "trust", "version"))),
            ("SHA-256 of the trust file", text(at(predicate, "trust", "digest", "sha256"))),
        ),
    )
