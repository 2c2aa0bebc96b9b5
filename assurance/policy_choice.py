"""The policies that a release is judged with: the engine, packs and folders of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import SettingsError
from assurance.plugin_host import offered

if TYPE_CHECKING:
    from pathlib import Path

    from assurance.interfaces import PolicyEngine, PolicySet
    from assurance.plugin_host import PluginHost
    from assurance.settings import Settings


def load_policies(settings: Settings, host: PluginHost) -> tuple[PolicyEngine, PolicySet]:
    """Return the engine that the settings name, and the policies as it reads them.

    Raises:
        SettingsError: no such engine or pack.
        PolicyFileError: a policy cannot be read.
    """
    engines = offered(host.policy_engines())
    engine = engines.get(settings.policy.engine)
    if engine is None:
        raise SettingsError(
            f"no loaded plugin offers the policy engine {settings.policy.engine} (offered: "
            f"{', '.join(sorted(engines))})",
            remedy="correct `engine`",
            where="policy.engine",
        )
    folders = [*_packs(settings, host), *settings.policy.folders]
    return engine, engine.load(folders, list(settings.policy.data))


def _packs(settings: Settings, host: PluginHost) -> list[Path]:
    packs = offered(host.policy_packs())
    wanted = settings.policy.packs or tuple(packs)
    for name in wanted:
        if name not in packs:
            raise SettingsError(
                f"no loaded plugin offers the policy pack `{name}` (offered: "
                f"{', '.join(sorted(packs))})",
                remedy="correct `packs`",
                where="policy.packs",
            )
    return [packs[name].folder for name in wanted]
