"""`assurance trust`: look at a trust file, and change whose signatures count."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assurance import trust, trust_file
from assurance.cli import trust_change
from assurance.cli.command import Outcome
from assurance.cli.terminal import escape
from assurance.errors import ExitCode
from assurance.timestamps import format_utc

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal
    from assurance.trust import Expect, Trust, TrustKey

SUMMARY = "show, check and change a trust file"

_EPILOG = """\
examples:
  assurance trust show
  assurance trust show --trust deploy/trust.json -o json
  assurance trust add keys/qa.pub --holder n.abara --role sign-off:qa
  assurance trust remove 5c0e91fa
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands."""
    parser.description = "The trust file: the only place that `verify` takes trust from."
    parser.epilog = _EPILOG
    commands = parser.add_subparsers(metavar="COMMAND", dest="trust_command", required=True)
    show = commands.add_parser(
        "show",
        help="check the file and show keys, roles, thresholds, what is expected",
        description="Check a trust file strictly and show what it says. Exit code 2 when it "
        "cannot be used.",
    )
    more = commands.add_parser(
        "add",
        help="let a key sign in a role",
        description="Add a public key and write the next version of the file.",
    )
    trust_change.configure_add(more)
    less = commands.add_parser(
        "remove",
        help="take a key out",
        description="Take a key out and write the next version of the file: nothing that it "
        "signed counts any more, in old bundles too.",
    )
    trust_change.configure_remove(less)
    for command in (show, more, less):
        command.add_argument(
            "--trust",
            type=Path,
            default=Path("trust.json"),
            metavar="FILE",
            help="the trust file (default: %(default)s)",
        )


def run(arguments: argparse.Namespace, _terminal: Terminal) -> Outcome:
    """Read the file, and show or change it.

    Raises:
        TrustFileError: it cannot be read, or breaks its schema.
    """
    path: Path = arguments.trust
    trusted = trust_file.load(path, remedy="give its path with --trust")
    if arguments.trust_command == "add":
        return trust_change.add(arguments, trusted, path)
    if arguments.trust_command == "remove":
        return trust_change.remove(arguments, trusted, path)
    return Outcome(
        exit=ExitCode.YES,
        text=_text(trusted, path),
        document={"trust": {"path": str(path), "sha256": trusted.digest, **trust.to_json(trusted)}},
    )


def _text(trusted: Trust, path: Path) -> str:
    ends = format_utc(trusted.expires)
    lines = [
        f"{path}: version {trusted.version}, profile {trusted.profile}, expires {ends}",
        f"  digest      sha256:{trusted.digest}",
        f"  verifier    {trusted.verifier_id}",
        f"  policies    {_policies(trusted)}",
        f"  expects     {_expect(trusted.expect)}",
        "",
        "Keys",
    ]
    for key in trusted.keys:
        lines += _key(key)
    lines += ["", "Roles"]
    roles = sorted({role for key in trusted.keys for role in key.roles})
    width = max(len(role) for role in roles)
    for role in roles:
        holders = sorted({key.holder for key in trusted.keys if role in key.roles})
        lines.append(
            f"  {role.ljust(width)}  {trusted.threshold(role)} of {len(holders)}  "
            f"{', '.join(holders)}"
        )
    if trusted.logs:
        lines += ["", "Logs"]
        lines += [
            f"  {log.origin}  {len(log.vkeys)} keys, {log.quorum} of {len(log.witnesses)} witnesses"
            for log in trusted.logs
        ]
    return "\n".join(lines) + "\n"


def _expect(expect: Expect) -> str:
    levels = ", ".join(expect.levels) or "any"
    seconds = expect.max_verdict_age
    age = "of any age" if seconds is None else f"at most {trust.format_duration(seconds)} old"
    place = f"{expect.resource_uri} in {expect.environment}"
    refused = expect.refuse_weakenings
    weak = f", weakenings refused {_quoted(refused)}" if refused else ""
    weak += f", tolerated {_quoted(expect.tolerate)}" if expect.tolerate else ""
    return f"{place}, levels {levels}, verdict {age}, receipt {expect.receipt}{weak}"


def _quoted(beginnings: tuple[str, ...]) -> str:
    return (
        "all" if beginnings == trust.ALL else ", ".join(f"`{escape(text)}`" for text in beginnings)
    )


def _key(key: TrustKey) -> list[str]:
    what = f"identity {key.identity} by {key.issuer}" if key.public is None else key.public.type
    lines = [
        f"  {key.id}",
        f"    {key.holder}, {what}, {format_utc(key.not_before)} to {format_utc(key.not_after)}",
        f"    roles       {', '.join(key.roles)}",
    ]
    if key.predicate_types is not None:
        lines.append(f"    only types  {', '.join(key.predicate_types)}")
    if key.revoked is not None:
        log, index = key.revoked.log, key.revoked.index
        place = "" if log is None else f" from {log} {index}"
        lines.append(f"    REVOKED{place}: {key.revoked.reason}")
    return lines


def _policies(trusted: Trust) -> str:
    if trusted.policy_digests is None:
        return "those signed in the role `policy`"
    return ", ".join(f"sha256:{digest}" for digest in trusted.policy_digests)
