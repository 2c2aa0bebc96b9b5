"""What the settings judge with: the engine, there and fit for use, and the policies, loaded.

All of it is found out before anything is collected: a release must not wait for its tests only
to hear that a policy has a syntax error or that an engine is not installed. The engine that
the settings name is used or it is an error: nothing ever falls back to another one.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assurance import checklist, policy_set, settings_document, strict_json
from assurance.interfaces import ConfiguredPolicyEngine
from assurance.options_schema import first_problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assurance.errors import SettingsError
    from assurance.interfaces import PolicyEngine, PolicySet
    from assurance.plugin_host import PluginHost
    from assurance.settings import Settings


def load_policies(settings: Settings, host: PluginHost) -> tuple[PolicyEngine, PolicySet]:
    """Return the engine that the settings name, fit for use, and the policies as it reads them.

    Raises:
        SettingsError: no such engine or pack, or options that the engine does not take.
        UsageError: the engine cannot be used here.
        PolicyFileError: a policy or data file cannot be used.
        PolicyEngineError: the engine failed while it looked at the policies.
    """
    engine = _engine(settings, host)
    packs = _packs(settings, host)
    folders = [*packs, *settings.policy.folders]
    loaded = engine.load(folders, list(settings.policy.data))
    return engine, _with_checklist(_with_sections(loaded, settings, packs), settings, packs)


def _with_checklist(policies: PolicySet, settings: Settings, packs: Sequence[Path]) -> PolicySet:
    """Put the readiness checklist into the policy set, so that its digest covers it."""
    path = settings.gate.checklist
    if path is None:
        return policies
    from assurance import checklist_file

    content = checklist_file.load(path, cwd=Path.cwd(), packs=packs)
    return _with(
        policies, settings, (checklist.FILE, content), checklist.KEY, "readiness checklist"
    )


def _with_sections(policies: PolicySet, settings: Settings, packs: Sequence[Path]) -> PolicySet:
    """Put the packs' sections of the report into the policy set: they travel with the bundle."""
    from assurance import report_sections

    content = report_sections.load(packs)
    if content is None:
        return policies
    made = (report_sections.FILE, content)
    return _with(policies, settings, made, report_sections.KEY, "report sections of the packs")


def _with(
    policies: PolicySet, settings: Settings, made: tuple[str, bytes], key: str, whose: str
) -> PolicySet:
    """Add a file with this one key, which nobody else's data may have."""
    files = [item for item in policies.files if item[0] != policy_set.CHECKS]
    for name, content in files:
        if name.endswith(".json") and key in strict_json.loads(content, what=name):
            raise _error(
                settings,
                ("data",),
                f"the policy data has the key `{key}`, where the {whose} stands",
                remedy="give the data another key",
            )
    return policy_set.build([*files, made], policies.checks)


def _engine(settings: Settings, host: PluginHost) -> PolicyEngine:
    name, options = settings.policy.engine, settings.policy.options
    offered = host.policy_engines()
    if name not in offered:
        raise _unknown(settings, ("engine",), f"policy engine `{name}`", name, offered)
    _, engine = offered[name]
    schema: Mapping[str, Any] = {"maxProperties": 0}
    if isinstance(engine, ConfiguredPolicyEngine):
        schema = engine.options_schema
    problem = first_problem(options, schema, owner=f"policy engine `{name}`")
    if problem:
        raise _error(
            settings,
            ("options",),
            f"options of policy engine `{name}`: {problem}",
            remedy="see docs/plugins/policy.md for its options",
        )
    if isinstance(engine, ConfiguredPolicyEngine):
        engine.prepare(options, root=settings.root)
    return engine


def _packs(settings: Settings, host: PluginHost) -> list[Path]:
    offered = host.policy_packs()
    for number, name in enumerate(settings.policy.packs):
        if name not in offered:
            raise _unknown(settings, ("packs", number), f"policy pack `{name}`", name, offered)
    return [offered[name][1].folder for name in settings.policy.packs or offered]


def left_out(settings: Settings, host: PluginHost) -> tuple[str, ...]:
    """Return a weakening for each policy pack that is there and that the settings do not name."""
    named = settings.policy.packs or tuple(host.policy_packs())
    return tuple(
        f"the policy pack {name} is left out" for name in host.policy_packs() if name not in named
    )


def _unknown(
    settings: Settings, keys: tuple[str | int, ...], what: str, name: str, offered: Iterable[str]
) -> SettingsError:
    near = difflib.get_close_matches(name, list(offered), 1, 0.5)
    return _error(
        settings,
        keys,
        f"no loaded plugin offers the {what} (offered: {', '.join(sorted(offered))})",
        remedy=f"write `{near[0]}`" if near else "correct the name",
        hint=f"did you mean `{near[0]}`?" if near else "",
    )


def _error(
    settings: Settings, keys: tuple[str | int, ...], problem: str, *, remedy: str, hint: str = ""
) -> SettingsError:
    """Return an error that points into the settings file, which is read again for it."""
    document = settings_document.read(settings.path, cwd=Path.cwd())
    return document.error(problem, ("policy", *keys), remedy=remedy, hint=hint)
