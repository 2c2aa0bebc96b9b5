"""The readiness checklist: what a launch needs, item by item, beyond single checks.

It stands in the policy set (`checklist.json`, `data.checklist` for policies), so that the policy
digest covers it and `verify` judges with the same one. An item closes when everything that it
names holds:

- `checks`: each of them was judged, and passes, warns or is waived;
- `evidence`: each kind is in the bundle;
- `document`: a reviewer approved these very bytes for this revision (`review/v1` of kind
  `document`, whose report has that name and the digest that was collected, `reference/v0.1`, or
  that the item itself states as `sha256`);
- nothing at all named: the sign-off of its area is given.

Each item becomes a finding `checklist.<id>` with the item's weight; with a checklist, these
weights alone make the grade. What blocks by itself blocks once: an item adds its own block only
for what no other finding says. A milestone whose day has passed with items open, and a risk
whose mitigation no evidence shows, are findings too, and never block.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from assurance import strict_json
from assurance.checklist_documents import Documents, Part
from assurance.errors import FormatError
from assurance.fields import Fields
from assurance.model import Estimate, Finding, Status
from assurance.predicates import KINDS
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assurance.interfaces import PolicySet
    from assurance.model import Evidence, SignOffState

FILE: Final = "checklist.json"
"""Its name in a policy set."""
KEY: Final = "checklist"
"""Its only key: policies see it as `data.checklist`."""
AREA: Final = "checklist"
_CLOSED: Final = (Status.PASS, Status.WARN, Status.WAIVED, Status.NOT_APPLICABLE)
_ORDER: Final = (
    Status.FAIL,
    Status.MISSING,
    Status.STALE,
    Status.INDETERMINATE,
    Status.WAIVED,
    Status.WARN,
    Status.NOT_APPLICABLE,
    Status.PASS,
)


class Item(Value):
    """One line of the checklist."""

    id: str
    title: str
    area: str
    milestone: str | None
    owner: str | None
    due: date | None
    weight: int
    blocking: bool
    checks: tuple[str, ...]
    evidence: tuple[str, ...]
    """Short names of kinds, as `inspect` shows them."""
    document: str | None
    sha256: str | None
    """Of the document (hex), where it is kept elsewhere; None: what was collected counts."""
    remedy: str | None


class Milestone(Value):
    """A day by which its items are to be closed."""

    id: str
    title: str
    due: date


class Risk(Value):
    """What could go wrong, and the items that show what was done about it."""

    id: str
    title: str
    mitigation: str
    owner: str | None
    items: tuple[str, ...]


class Checklist(Value):
    """A whole checklist."""

    items: tuple[Item, ...]
    """Sorted by id; never empty."""
    milestones: tuple[Milestone, ...]
    risks: tuple[Risk, ...]
    estimate: Estimate | None
    frozen_from: date | None


def of(policies: PolicySet) -> Checklist | None:
    """Return the checklist in a policy set; None where it has none.

    Raises:
        FormatError: it is not one.
    """
    content = dict(policies.files).get(FILE)
    if content is None:
        return None
    value = strict_json.loads(content, what=FILE)
    if not isinstance(value, dict) or set(value) != {KEY}:
        raise FormatError(
            f"`{FILE}` must hold the one key `{KEY}`",
            remedy="seal the release again",
            where=FILE,
        )
    return read(value[KEY])


def read(value: object) -> Checklist:
    """Read a checklist that follows `schemas/checklist.schema.json`.

    Raises:
        FormatError: a key is absent or of the wrong form.
    """
    whole = Fields(value, where=FILE, key=KEY)
    frozen = whole.object("freeze") if whole.get("freeze") is not None else None
    estimate = whole.object("estimate") if whole.get("estimate") is not None else None
    return Checklist(
        items=tuple(_item(name, fields) for name, fields in _tables(whole, "item")),
        milestones=tuple(
            Milestone(id=name, title=fields.text("title"), due=_date(fields, "due"))
            for name, fields in _tables(whole, "milestone")
        ),
        risks=tuple(
            Risk(
                id=name,
                title=fields.text("title"),
                mitigation=fields.text("mitigation"),
                owner=fields.text_or_none("owner"),
                items=fields.texts("items"),
            )
            for name, fields in _tables(whole, "risk")
        ),
        estimate=None
        if estimate is None
        else Estimate(
            grade=estimate.whole("grade"),
            by=estimate.text("by"),
            on=_date(estimate, "on").isoformat(),
        ),
        frozen_from=None if frozen is None else _date(frozen, "from"),
    )


def _tables(whole: Fields, key: str) -> list[tuple[str, Fields]]:
    if whole.get(key) is None:
        return []
    table = whole.object(key)
    return [(name, table.object(name)) for name in sorted(whole.get(key))]


def _item(name: str, fields: Fields) -> Item:
    blocking = fields.get("blocking")
    return Item(
        id=name,
        title=fields.text("title"),
        area=fields.text("area"),
        milestone=fields.text_or_none("milestone"),
        owner=fields.text_or_none("owner"),
        due=None if fields.get("due") is None else _date(fields, "due"),
        weight=1 if fields.get("weight") is None else fields.whole("weight", least=1),
        blocking=True if blocking is None else fields.flag("blocking"),
        checks=_texts(fields, "checks"),
        evidence=_texts(fields, "evidence"),
        document=fields.text_or_none("document"),
        sha256=None if fields.get("sha256") is None else fields.sha256("sha256"),
        remedy=fields.text_or_none("remedy"),
    )


def _texts(fields: Fields, key: str) -> tuple[str, ...]:
    return () if fields.get(key) is None else fields.texts(key)


def _date(fields: Fields, key: str) -> date:
    text = fields.text(key)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise FormatError(
            f"`{fields.key}.{key}` must be a date, found {text!r:.40}",
            remedy="write it like 2026-12-15",
            where=fields.where,
        ) from error


def judge(
    checklist: Checklist,
    findings: Sequence[Finding],
    evidence: Sequence[Evidence],
    sign_offs: Iterable[SignOffState],
    *,
    revision: str | None,
    now: datetime,
) -> tuple[Finding, ...]:
    """Return a finding for each item, late milestone and open risk.

    Args:
        checklist: Of the policy set.
        findings: Of the policies, waivers applied.
        evidence: Verified lines.
        sign_offs: The state of each area.
        revision: The release's commit, None where it has none: then no review is about it.
        now: UTC.
    """
    return _Judge(checklist, findings, evidence, sign_offs, revision, now).findings()


class _Judge:
    """The findings and evidence, by what items call them."""

    def __init__(
        self,
        checklist: Checklist,
        findings: Sequence[Finding],
        evidence: Sequence[Evidence],
        sign_offs: Iterable[SignOffState],
        revision: str | None,
        now: datetime,
    ) -> None:
        self._list = checklist
        self._now = now
        self._checks: dict[str, list[Finding]] = {}
        for finding in findings:
            self._checks.setdefault(finding.check, []).append(finding)
        names = {kind.predicate_type: kind.name for kind in KINDS.values()}
        self._lines: dict[str, list[int]] = {}
        for item in evidence:
            name = names.get(item.predicate_type, item.predicate_type)
            self._lines.setdefault(name, []).append(item.line)
        self._documents = Documents(evidence, revision)
        self._sign_offs = {state.area: state for state in sign_offs}

    def findings(self) -> tuple[Finding, ...]:
        items = {item.id: self._item(item) for item in self._list.items}
        open_ = {name for name, found in items.items() if found.status not in _CLOSED}
        return (
            *items.values(),
            *self._milestones(open_),
            *(self._risk(risk, items) for risk in self._list.risks),
        )

    def _item(self, item: Item) -> Finding:
        parts = [
            *(self._check(name) for name in item.checks),
            *(self._kind(name) for name in item.evidence),
        ]
        if item.document is not None:
            parts.append(self._documents.part(item.document, item.sha256))
        if not parts:
            parts.append(self._sign_off(item.area))
        worst = min(parts, key=lambda part: _ORDER.index(part.status))
        open_ = [part for part in parts if part.status not in _CLOSED]
        status = worst.status
        if status in {Status.WAIVED, Status.NOT_APPLICABLE}:
            status = Status.WARN
        late = item.due is not None and open_ and self._passed(item.due)
        message = item.title if not open_ else f"{item.title}: {open_[0].said}"
        return Finding(
            check=f"{AREA}.{item.id}",
            status=status,
            message=message + (f", due {item.due:%Y-%m-%d}" if late and item.due else ""),
            actual=f"{len(parts) - len(open_)} of {len(parts)} parts hold",
            required="; ".join(self._wanted(item)),
            severity="high" if item.blocking else "medium",
            weight=item.weight,
            blocking=item.blocking and any(not part.blocks for part in open_),
            owner=item.owner or item.area,
            remedy=item.remedy or _remedy(open_),
            evidence=tuple(sorted({line for part in parts for line in part.evidence})),
        )

    def _wanted(self, item: Item) -> list[str]:
        wanted = [f"check {name}" for name in item.checks]
        wanted += [f"evidence {name}" for name in item.evidence]
        if item.document is not None:
            wanted.append(f"approved document {item.document}")
        return wanted or [f"sign-off of {item.area}"]

    def _check(self, name: str) -> Part:
        found = self._checks.get(name)
        if not found:
            return Part(status=Status.MISSING, said=f"no check {name} was judged")
        worst = min(found, key=lambda finding: _ORDER.index(finding.status))
        said = f"{name} is {worst.status}"
        if worst.would_be is not None:
            said += f" (would be {worst.would_be})"
        return Part(
            status=worst.status,
            said=said,
            evidence=worst.evidence,
            blocks=worst.blocking and worst.status not in _CLOSED,
        )

    def _kind(self, name: str) -> Part:
        lines = self._lines.get(name)
        if lines:
            return Part(status=Status.PASS, said=name, evidence=tuple(lines))
        return Part(status=Status.MISSING, said=f"no {name} evidence in the bundle")

    def _sign_off(self, area: str) -> Part:
        state = self._sign_offs.get(area)
        if state is None:
            return Part(status=Status.MISSING, said=f"no sign-off of {area} is asked for")
        if state.state == "GIVEN":
            return Part(status=Status.PASS, said=area)
        return Part(status=Status.MISSING, said=f"{area} has not been signed off", blocks=True)

    def _passed(self, day: date) -> bool:
        return self._now >= datetime.combine(day, time(), UTC) + timedelta(days=1)

    def _milestones(self, open_: set[str]) -> Iterable[Finding]:
        for milestone in self._list.milestones:
            late = [item.id for item in self._list.items if item.milestone == milestone.id]
            late = [name for name in late if name in open_]
            passed = self._passed(milestone.due)
            yield Finding(
                check=f"milestone.{milestone.id}",
                status=Status.WARN if late and passed else Status.PASS,
                message=f"{milestone.title}, due {milestone.due:%Y-%m-%d}"
                + (f": {_count(len(late))} open: {', '.join(late[:5])}" if late else ""),
                severity="medium",
                blocking=False,
                remedy="close the items, or move the milestone" if late else None,
                waivable=False,
            )

    def _risk(self, risk: Risk, items: Mapping[str, Finding]) -> Finding:
        shown = [items[name] for name in risk.items if name in items]
        open_ = [found for found in shown if found.status not in _CLOSED]
        missing = len(shown) != len(risk.items)
        message = f"{risk.title}; mitigation: {risk.mitigation}"
        return Finding(
            check=f"risk.{risk.id}",
            status=Status.WARN if open_ or missing else Status.PASS,
            message=message + (f"; not shown yet: {open_[0].check}" if open_ else ""),
            severity="medium",
            blocking=False,
            owner=risk.owner,
            evidence=tuple(sorted({line for found in shown for line in found.evidence})),
            remedy="close the items that show the mitigation" if open_ or missing else None,
            waivable=False,
        )


def _count(items: int) -> str:
    return f"{items} item{'' if items == 1 else 's'}"


def _remedy(open_: Sequence[Part]) -> str | None:
    if not open_:
        return None
    return next((part.remedy for part in open_ if part.remedy), "close what it names")
