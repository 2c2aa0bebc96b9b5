"""Take `ledger-api` 2.4.1 to production: NO-GO, fixed, reviewed, waived, signed off, GO, verified.

Then tampered with, and blocked. Run it with `tox run -e service`. Everything happens in a temporary
folder and without a network. Each command is shown with what it printed; the story ends with 1 when
any exit code or reason is not the one it expects.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parents[1]))

from examples.quickstart.demo import Demo  # noqa: E402 - what runs a command and holds it to its word

NAME = "ledger-api-2.4.1"
BUNDLE = Path("evidence", f"{NAME}.intoto.jsonl")
RECEIPT = Path("evidence", f"{NAME}.tlog-proof")
WHEEL = Path("dist", "ledger_api-2.4.1-py3-none-any.whl")
ORIGIN = "log.example.com/ledger"
TRUST = "deploy/trust.json"
PEOPLE = {
    "collector": ("ci", ("collector",)),
    "releaser": ("ci", ("releaser",)),
    "policy": ("platform-security", ("policy",)),
    "verifier": ("release-gate", ("verifier",)),
    "reviewer": ("m.okafor", ("reviewer",)),
    "owner": ("j.ferreira", ("waiver-requester",)),
    "counsel": ("l.haas", ("waiver-approver",)),
    "security": ("s.lindqvist", ("sign-off:security",)),
    "integrity": ("p.adeyemi", ("sign-off:integrity",)),
    "slo": ("t.nakamura", ("sign-off:slo",)),
    "qa": ("n.abara", ("sign-off:qa",)),
    "release": ("a.novak", ("sign-off:release",)),
}
"""Each key's file: who holds it, and the roles that the trust file gives it."""
AREAS = ("security", "integrity", "slo", "qa", "release")
DOCUMENTS = ("auth-hardening-report", "replay-transcript", "game-day", "test-matrix")
PLAN_BEGAN = date(2026, 9, 7)
"""In readiness.toml, whose days are moved: whenever the story is told, it is the tenth week."""
WEEKS = timedelta(weeks=10)


def check_out(demo: Demo) -> None:
    """Lay the service down as a checkout, with advisories and a catalogue of today."""
    shutil.copytree(HERE / "ledger", demo.folder, dirs_exist_ok=True)
    quickstart = HERE.parent / "quickstart" / "advisories"
    shutil.copytree(quickstart / "osv", demo.folder / "advisories")
    now = datetime.now(UTC)
    catalogue = json.loads((quickstart / "kev.json").read_text("utf-8"))
    (demo.folder / "kev.json").write_text(
        json.dumps(catalogue | {"dateReleased": f"{now:%FT%TZ}"}, indent=2)
    )
    record = {
        "id": "LEDGER-2026-1",
        "modified": f"{now:%FT%TZ}",
        "summary": "The team's own record, written today: in a real gate the export is today's.",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "ledger-prototype"},
                "versions": ["0.1"],
            }
        ],
    }
    (demo.folder / "advisories" / "LEDGER-2026-1.json").write_text(json.dumps(record))
    path = demo.folder / "readiness.toml"
    moved = now.date() - WEEKS - PLAN_BEGAN

    def shifted(found: re.Match[str]) -> str:
        return str(date.fromisoformat(found[0]) + moved)

    path.write_text(re.sub(r"\d{4}-\d\d-\d\d", shifted, path.read_text("utf-8")), "utf-8")
    demo.run("git", "init", "--quiet", "--initial-branch=main", quiet=True)
    commit(demo, "ledger-api 2.4.1")


def commit(demo: Demo, message: str) -> None:
    """Commit everything; what is signed is about this commit."""
    author = ("-c", "user.name=Ines", "-c", "user.email=ines@example.com")
    demo.run("git", "add", ".", quiet=True)
    demo.run("git", *author, "commit", "--quiet", f"--message={message}", quiet=True)


def hand_out_keys(demo: Demo) -> None:
    """Make everybody's key, and the trust file that the deploy pipeline keeps."""
    made = demo.run("assurance", "log", "init", "--origin", ORIGIN)
    vkey = re.search(rf"{re.escape(ORIGIN)}\+[0-9a-f]{{8}}\+\S+", made)
    keys = []
    now = datetime.now(UTC)
    for file, (holder, roles) in PEOPLE.items():
        made = demo.run(
            *("assurance", "key", "generate", "--out", f"keys/{file}.pem", "-o", "json"), quiet=True
        )
        key_id = re.search(r"[0-9a-f]{64}", made)
        keys.append(
            {
                "id": key_id[0] if key_id else "",
                "pem": (demo.folder / "keys" / f"{file}.pub").read_text("utf-8"),
                "holder": holder,
                "roles": sorted(roles),
                "not_before": f"{now - timedelta(days=1):%FT%TZ}",
                "not_after": f"{now + timedelta(days=90):%FT%TZ}",
            }
        )
    trust = {
        "version": 1,
        "expires": f"{now + timedelta(days=30):%FT%TZ}",
        "profile": "production",
        "verifier": {"id": "https://gate.example.com/ledger", "policy_digests": None},
        "expect": {
            "resource_uri": "pkg:pypi/ledger-api",
            "environment": "production",
            "levels": [],
            "max_verdict_age": "1d",
            "receipt": "required",
        },
        "keys": keys,
        "roles": {},
        "logs": [
            {
                "origin": ORIGIN,
                "vkeys": [{"vkey": vkey[0] if vkey else "", "from_size": 0, "to_size": None}],
                "witnesses": [],
                "quorum": 0,
            }
        ],
    }
    (demo.folder / "deploy").mkdir()
    for path in ("trust.json", TRUST):
        (demo.folder / path).write_text(json.dumps(trust, indent=2))
    demo.run("assurance", "trust", "show", says="p.adeyemi")


def build_and_test(demo: Demo) -> None:
    """Do what the pipeline does before its gate."""
    shutil.rmtree(demo.folder / "dist", ignore_errors=True)
    demo.run("python", "-m", "build", "--no-isolation", "--wheel", quiet=True)
    demo.run("python", "-m", "pytest", "-q", "--junitxml=build/junit.xml", quiet=True)


def ask(demo: Demo, *words: str, code: int = 0, says: str = "", quiet: bool = False) -> str:
    """Run `assurance`."""
    return demo.run("assurance", *words, code=code, says=says, quiet=quiet)


def blocked(demo: Demo, *reasons: str) -> None:
    """Decide, and expect a NO-GO with each of these reasons in it."""
    said = " ".join(
        ask(demo, "decide", code=1, says="NO-GO ledger-api 2.4.1 for production").split()
    )
    for reason in reasons:
        if reason not in said:
            demo.surprise(f"the NO-GO did not say: {reason}")


def tampered(demo: Demo, name: str, old: bytes, new: bytes) -> Path:
    """Return a copy of the bundle in which one statement says something else."""
    lines = (demo.folder / BUNDLE).read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines):
        payload = json.loads(line)["dsseEnvelope"]["payload"].encode()
        statement = base64.b64decode(payload)
        if old in statement:
            lines[number] = line.replace(payload, base64.b64encode(statement.replace(old, new)))
            break
    else:
        demo.surprise(f"no line has {old!r}")
    return written(demo, name, lines)


def written(demo: Demo, name: str, lines: list[bytes]) -> Path:
    """Write a bundle into the folder of tampered things."""
    copy = Path("tampered", f"{name}.intoto.jsonl")
    (demo.folder / copy).write_bytes(b"".join(lines))
    return copy


def deploy(
    demo: Demo,
    *words: str,
    bundle: Path = BUNDLE,
    wheel: Path = WHEEL,
    receipt: Path | None = RECEIPT,
    code: int,
    says: str,
) -> None:
    """Ask as the deploy pipeline does: the trust file is its own."""
    shown = () if receipt is None else ("--receipt", str(receipt))
    ask(
        *(demo, "verify", str(bundle), str(wheel), "--trust", TRUST, *shown, *words),
        code=code,
        says=says,
    )


def to_no_go(demo: Demo) -> None:
    """The first try: what is wrong, and what is missing."""
    demo.title("The pipeline's gate says NO-GO, with everything that blocks")
    build_and_test(demo)
    said = ask(demo, "run", code=1, says="NO-GO ledger-api 2.4.1 for production")
    for part in (
        "pkg:pypi/pyyaml@5.3.1 has an unrated vulnerability that 5.4 fixes",
        "1 of 1 components name no licence: pkg:pypi/pyyaml@5.3.1",
        "Estimated by people: 68, a.novak on",
        "Auth and key policy frozen, due",
        "no security review of this commit was signed, and the policy data demands one",
        "nobody has approved the document docs/game-day.md",
        "security is not signed off, and the policy data demands it",
        "0 of 1 sign-offs for release",
        "assurance sign-off AREA --show",
        "steps 1 to 2, then assurance collect; after that",
    ):
        if part not in " ".join(said.split()):
            demo.surprise(f"the NO-GO did not say: {part}")
    deploy(demo, code=1, says="the bundle says NO-GO for production")


def fixed(demo: Demo) -> None:
    """The library is upgraded; what was signed for the old commit counts no longer."""
    demo.title("Fix: the library is upgraded, and built, tested and collected again")
    shutil.copy(HERE / "requirements-fixed.txt", demo.folder / "requirements.txt")
    commit(demo, "pyyaml 6.0.3")
    build_and_test(demo)
    ask(demo, "collect")
    blocked(demo, "sbom.licences", "reviews.unresolved", "signoff.by_policy")


def reviewed(demo: Demo) -> None:
    """The manual items are closed by what a reviewer signs, about these bytes at this commit."""
    demo.title("Review: the documents are approved, by their bytes")
    for name in DOCUMENTS:
        ask(
            *(demo, "review", "document", "--document", f"docs/{name}.md", "--result", "APPROVED"),
            quiet=True,
        )
    revision = demo.run("git", "rev-parse", "HEAD", quiet=True).strip()
    ask(
        *(demo, "review", "security", "--document", "docs/auth-hardening-report.md"),
        *("--scope", "token validation and key handling", "--result", "APPROVED", "--independent"),
        *("--finding", f"NG-01=FIXED@{revision}:high:a token without typ was accepted"),
    )
    blocked(demo, "sbom.licences", "signoff.by_policy")


def waived(demo: Demo) -> None:
    """One person asks, another one approves; it stays in sight, and it ends."""
    demo.title("Waive: counsel has not looked at one licence; two people answer for that")
    reason = ("--reason", "MIT by its maintainers; counsel reads it next week", "--owner", "l.haas")
    ask(
        demo,
        "waive",
        "signoff.by_policy",
        *reason,
        "--subject",
        "qa",
        code=1,
        says="cannot be waived",
    )
    ask(demo, "waive", "sbom.licences", *reason, "--expires", "10d")
    ask(demo, "waive", "sbom.licences", "--approve", says="l.haas approves")


def signed_off(demo: Demo) -> None:
    """Five areas, five holders, over exactly this evidence."""
    demo.title("Sign off: what the approver is about to sign, then five signatures")
    ask(demo, "sign-off", "security", "--show", says="without sign-offs GO")
    for area in AREAS:
        ask(demo, "sign-off", area, quiet=True, says=f"{PEOPLE[area][0]} signs off {area}")


def to_go(demo: Demo) -> None:
    """The verdict, with all that it rests on, and what the deploy pipeline says to it."""
    demo.title("GO for production, and what it rests on")
    said = ask(demo, "decide", says="GO ledger-api 2.4.1 for production")
    if "WAIVED (would FAIL)" not in " ".join(said.split()):
        demo.surprise("the GO does not show its waiver")
    ask(
        demo,
        "report",
        str(BUNDLE),
        "--trust",
        TRUST,
        "-o",
        "html=evidence/readiness.html",
        quiet=True,
    )
    demo.title("verify, as the deploy pipeline does: offline, with its own trust file")
    deploy(demo, "--release", "ledger-api@2.4.1", code=0, says="VERIFIED")
    deploy(demo, receipt=None, code=1, says="receipt")


def refused(demo: Demo) -> None:
    """Every way to slip something past it that this story has room for."""
    demo.title("Tampered: blocked, each for its own reason")
    (demo.folder / "tampered").mkdir()
    data = bytearray((demo.folder / WHEEL).read_bytes())
    data[len(data) // 2] ^= 1
    wheel = Path("tampered", WHEEL.name)
    (demo.folder / wheel).write_bytes(data)
    deploy(demo, wheel=wheel, code=1, says=f"{WHEEL.name} is not what was judged")
    changed = "is not the one in the bundle manifest: it was changed"
    for name, old, new in (
        ("sbom", b"pyyaml@6.0.3", b"pyyaml@5.3.1"),
        ("review", b'"severity":"high","state":"FIXED"', b'"severity":"low", "state":"FIXED"'),
        ("sign-off", b'"approver":"n.abara"', b'"approver":"n.obody"'),
    ):
        deploy(demo, bundle=tampered(demo, name, old, new), code=1, says=changed)
    lines = (demo.folder / BUNDLE).read_bytes().splitlines(keepends=True)
    cut = written(demo, "cut", lines[:2] + lines[3:])
    deploy(demo, bundle=cut, code=1, says="lines were cut or added")
    deploy(demo, "--refuse-weakenings", code=1, says="the verdict is weaker than it could be")
    demo.title("Evidence that changes after the sign-offs makes them void")
    again = (
        "review",
        "document",
        "--document",
        "docs/game-day.md",
        "--result",
        "CHANGES_REQUESTED",
    )
    ask(demo, *again, quiet=True)
    blocked(
        *(demo, "its evidenceDigest is another: what was approved has changed"),
        "the document docs/game-day.md is CHANGES_REQUESTED",
    )


def story(demo: Demo) -> None:
    """Tell the whole story once."""
    demo.title("ledger-api 2.4.1: a checkout, keys for everybody, a trust file")
    check_out(demo)
    hand_out_keys(demo)
    for chapter in (to_no_go, fixed, reviewed, waived, signed_off, to_go, refused):
        chapter(demo)
        if demo.surprises:
            return


def main() -> int:
    """Tell the story; 0 when nothing surprised."""
    with tempfile.TemporaryDirectory(prefix="ledger-") as folder:
        demo = Demo(Path(folder))
        story(demo)
    print()
    if demo.surprises:
        print(f"The story did not go as it should, {len(demo.surprises)} times:")
        for surprise in demo.surprises:
            print(f"  {surprise}")
        return 1
    print("Everything as expected: NO-GO, mended, GO, verified, and every change refused.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
