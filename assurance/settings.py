"""Settings: `assurance.toml`, or `[tool.assurance]` of `pyproject.toml`, as values.

The closed list of keys is `schemas/settings.schema.json`; `docs/settings.md` explains each.
A flag wins over an `ASSURANCE_*` variable, which wins over the file, and a variable can
only make a gate stricter. `verify` reads no settings.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assurance import settings_check, strict_json
from assurance.entry_points import OWN_DISTRIBUTION
from assurance.errors import FormatError, SettingsError
from assurance.settings_document import find, joined, read
from assurance.value import Value, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assurance.settings_document import Document
    from assurance.settings_file import Path as Keys

DEFAULT_TARGET_GRADE: Final = 60
DEFAULT_TIMEOUT_SECONDS: Final = 600
DEFAULT_ENVIRONMENT: Final = "development"
_STRICTNESS: Final = {"development": 0, "staging": 1, "production": 2}
"""What `ASSURANCE_ENV` may move to: up, never down or sideways. Other names count as staging."""


class InputGlob(Value):
    """Files that a release or a collector needs."""

    glob: str
    """Relative to the settings file's folder."""
    min: int = 1
    """Fewer matches read as MISSING."""


class ReleaseSettings(Value):
    """`[release]`; what is None is found out from the project."""

    name: str | None = None
    version: str | None = None
    revision: str | None = None
    artifacts: tuple[InputGlob, ...] = ()
    resource_uri: str | None = None
    environment: str = DEFAULT_ENVIRONMENT
    previous: Path | None = None
    """The last release's sealed bundle, absolute; None: there is none to compare with."""


class CollectSettings(Value):
    """`[collect.NAME]`: one collector."""

    name: str
    plugin: str
    """Entry-point name."""
    distribution: str = OWN_DISTRIBUTION
    inputs: tuple[InputGlob, ...] = ()
    required: bool = True
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    options: Mapping[str, Any] = field(default_factory=dict)


class PolicySettings(Value):
    """`[policy]`: what the release is judged with."""

    engine: str = "regorus"
    packs: tuple[str, ...] = ()
    """Empty: all of the built-in ones."""
    folders: tuple[Path, ...] = ()
    """Absolute; each is an existing folder."""
    data: tuple[Path, ...] = ()
    """Absolute; each is an existing file."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """`[policy.options]`: the engine's own."""


class LogSettings(Value):
    """`[log]`: the transparency log."""

    origin: str
    url: str
    anchor: Path | None = None
    """Remembers the newest checkpoint; best on another volume."""
    witness_policy: Path | None = None
    """A C2SP tlog-policy file: the witnesses to ask, and the quorum."""
    vkey: str | None = None
    """The key that a log server's receipts must be signed with."""


class GateSettings(Value):
    """`[gate]`: what a GO needs besides the policies."""

    target_grade: int = DEFAULT_TARGET_GRADE
    areas: tuple[str, ...] = ()
    """Areas that need a sign-off."""
    trust: Path = Path("trust.json")
    """Absolute after `load`."""
    checklist: Path | None = None
    """A readiness checklist, absolute; None: no checklist."""


class ReportSettings(Value):
    """`[report]`: views that each run writes."""

    outputs: tuple[str, ...] = ()
    """`format` or `format=path`."""


class Settings(Value):
    """Everything that the settings file says, with the defaults filled in."""

    path: Path
    """The settings file, absolute."""
    root: Path
    """Its folder, absolute: what relative paths and globs are relative to."""
    release: ReleaseSettings
    collect: tuple[CollectSettings, ...]
    """Sorted by name."""
    policy: PolicySettings
    sign: Mapping[str, str]
    """Signer URI by role; `default` for all roles that are not named."""
    log: LogSettings | None
    gate: GateSettings
    report: ReportSettings
    imports: tuple[Path, ...]
    """Foreign attestations, absolute; one that is not there is a finding, not an error."""
    digest: str
    """SHA-256 (hex) over the canonical JSON of the file's settings."""


def load(
    path: Path | None,
    *,
    environ: Mapping[str, str],
    cwd: Path,
    flags: Mapping[str, str | int | None] | None = None,
) -> Settings:
    """Read, check and complete the settings.

    Args:
        path: What `--config` named; None to look for a file in `cwd`.
        environ: Where the `ASSURANCE_*` variables are.
        cwd: The current folder.
        flags: Values from the command line by dotted key, such as
            `{"release.environment": "production"}`; None values were not given.

    Raises:
        SettingsError: no file, one that cannot be read, or settings that break the schema;
            `others` has every problem after the first.
    """
    document = read(find(path, environ=environ, cwd=cwd), cwd=cwd)
    problems = settings_check.check(document)
    if not problems:
        problems = [
            *_check_paths(document),
            *_check_log(document),
            *_check_variables(document, environ),
        ]
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    problems += settings_check.check_flags(given)
    if problems:
        raise joined(problems)
    return _complete(document, environ, given)


def _check_paths(document: Document) -> list[SettingsError]:
    """Check that what decides *how* to judge is there; missing evidence is a finding."""
    found = []
    wanted: list[tuple[Keys, str, bool]] = []
    policy = document.data.get("policy", {})
    for key in ("folders", "data"):
        for number, name in enumerate(policy.get(key, ())):
            wanted.append((("policy", key, number), name, key == "folders"))
    gate = document.data.get("gate", {})
    wanted += [(("gate", key), gate[key], False) for key in ("trust", "checklist") if key in gate]
    for keys, name, folder in wanted:
        target = document.root / name
        if target.is_dir() if folder else target.is_file():
            continue
        what = "folder" if folder else "file"
        found.append(
            document.error(
                f"{settings_check.named(keys)}: no such {what} `{name}`",
                keys,
                remedy=f"make the {what}, or correct the path; nothing was run",
                hint=f"looked in {document.root}",
            )
        )
    return found


def _check_log(document: Document) -> list[SettingsError]:
    """Check that a log server's receipts can be checked, before anything runs."""
    log = document.data.get("log", {})
    url = str(log.get("url", ""))
    if "vkey" in log:
        from assurance.tlog import note_key

        try:
            note_key.read(log["vkey"])
        except FormatError as err:
            told = f"log.vkey: {err.problem}"
            return [document.error(told, ("log", "vkey"), remedy=err.remedy)]
    if not url.startswith(("http:", "https:")) or {"vkey", "witness_policy"} & log.keys():
        return []
    return [
        document.error(
            "log.vkey is missing: a log server's receipts are checked with it",
            ("log", "url"),
            remedy="give `vkey`, as `assurance log keys` prints it on the server, or "
            "`witness_policy`",
            hint="nothing else says which key signs",
        )
    ]


def _check_variables(document: Document, environ: Mapping[str, str]) -> list[SettingsError]:
    found = []
    environment = environ.get("ASSURANCE_ENV")
    if environment:
        found += settings_check.check_flags(
            {"release.environment": environment}, where="ASSURANCE_ENV"
        )
        stated = document.data.get("release", {}).get("environment", DEFAULT_ENVIRONMENT)
        if environment != stated and _strictness(environment) <= _strictness(stated):
            found.append(
                SettingsError(
                    f"ASSURANCE_ENV={environment!r} would weaken the gate: the settings say "
                    f"`{stated}`, and a variable can only make a gate stricter",
                    remedy=f"unset ASSURANCE_ENV, or say it openly: --env {environment}",
                    where="ASSURANCE_ENV",
                )
            )
    trust = environ.get("ASSURANCE_TRUST")
    stated = document.data.get("gate", {}).get("trust")
    if trust and stated is not None and (document.root / stated) != Path(trust).absolute():
        found.append(
            SettingsError(
                f"ASSURANCE_TRUST={trust!r} would replace the trust file `{stated}` that the "
                "settings name, and a variable can only make a gate stricter",
                remedy="unset ASSURANCE_TRUST, or take `trust` out of [gate]",
                where="ASSURANCE_TRUST",
            )
        )
    return found


def _strictness(environment: str) -> int:
    return _STRICTNESS.get(environment, 1)


def _complete(
    document: Document, environ: Mapping[str, str], flags: Mapping[str, str | int]
) -> Settings:
    data, root = document.data, document.root

    def chosen(table: str, key: str, default: Any = None, variable: str = "") -> Any:
        flag = flags.get(f"{table}.{key}")
        if flag is not None:
            return flag
        return environ.get(variable) or data.get(table, {}).get(key, default)

    policy, log = data.get("policy", {}), data.get("log")
    return Settings(
        path=document.path,
        root=root,
        release=ReleaseSettings(
            name=chosen("release", "name"),
            version=chosen("release", "version"),
            revision=chosen("release", "revision"),
            artifacts=_globs(data.get("release", {}).get("artifacts", ())),
            resource_uri=chosen("release", "resource_uri"),
            environment=chosen("release", "environment", DEFAULT_ENVIRONMENT, "ASSURANCE_ENV"),
            previous=_previous(data.get("release", {}).get("previous"), root, flags),
        ),
        collect=tuple(
            _collector(name, table) for name, table in sorted(data.get("collect", {}).items())
        ),
        policy=PolicySettings(
            engine=policy.get("engine", PolicySettings().engine),
            packs=tuple(policy.get("packs", ())),
            folders=tuple(root / item for item in policy.get("folders", ())),
            data=tuple(root / item for item in policy.get("data", ())),
            options=policy.get("options", {}),
        ),
        sign={role: table["uri"] for role, table in sorted(data.get("sign", {}).items())},
        log=log
        and LogSettings(
            origin=log["origin"],
            url=log["url"],
            anchor=root / log["anchor"] if "anchor" in log else None,
            witness_policy=root / log["witness_policy"] if "witness_policy" in log else None,
            vkey=log.get("vkey"),
        ),
        gate=GateSettings(
            target_grade=chosen("gate", "target_grade", DEFAULT_TARGET_GRADE),
            areas=tuple(data.get("gate", {}).get("areas", ())),
            checklist=root / data["gate"]["checklist"]
            if "checklist" in data.get("gate", {})
            else None,
            trust=_trust(data.get("gate", {}).get("trust"), root, environ, flags),
        ),
        report=ReportSettings(outputs=tuple(data.get("report", {}).get("outputs", ()))),
        imports=tuple(root / item["path"] for item in data.get("import", ())),
        digest=sha256(strict_json.dumps(data)).hexdigest(),
    )


def _trust(
    stated: str | None, root: Path, environ: Mapping[str, str], flags: Mapping[str, str | int]
) -> Path:
    """Return the trust file: paths in the file are relative to it, others to the caller."""
    given = flags.get("gate.trust") or environ.get("ASSURANCE_TRUST")
    return Path(str(given)).absolute() if given else root / (stated or "trust.json")


def _previous(stated: str | None, root: Path, flags: Mapping[str, str | int]) -> Path | None:
    """Return the last release's bundle: the flag is relative to the caller, the file to itself."""
    given = flags.get("release.previous")
    if given is not None:
        return Path(str(given)).absolute()
    return None if stated is None else root / stated


def _globs(items: Any) -> tuple[InputGlob, ...]:
    return tuple(
        InputGlob(glob=item)
        if isinstance(item, str)
        else InputGlob(glob=item["glob"], min=item.get("min", 1))
        for item in items
    )


def _collector(name: str, table: Mapping[str, Any]) -> CollectSettings:
    return CollectSettings(
        name=name,
        plugin=table.get("plugin", name),
        distribution=table.get("distribution", OWN_DISTRIBUTION),
        inputs=_globs(table.get("inputs", ())),
        required=table.get("required", True),
        timeout_seconds=table.get("timeout", DEFAULT_TIMEOUT_SECONDS),
        options=table.get("options", {}),
    )
