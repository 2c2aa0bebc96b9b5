"""Where the built-in policy packs lie: one folder a sign-off area, and the helpers' folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from assurance.errors import PluginError
from assurance.interfaces import PolicyPack

HELPERS: Final = "lib"
"""Folder of the packages `assurance.lib.…`, which every pack may use."""


def folder() -> Path:
    """Return the folder of the built-in packs.

    Raises:
        PluginError: the installation is damaged.
    """
    here = Path(__file__).resolve().parent
    # The wheel carries `policies/` as `packs/`; an editable install does not show files that the
    # build adds, so in a checkout the packs are where they are written.
    for candidate in (here / "packs", here.parent.parent / "policies"):
        if (candidate / HELPERS).is_dir():
            return candidate
    raise PluginError(
        "the built-in policies are not in the installation",
        remedy="install release-assurance again: `pip install --force-reinstall release-assurance`",
        where=str(here / "packs"),
    )


def built_in() -> tuple[PolicyPack, ...]:
    """Return the built-in packs, sorted by name; the helpers are no pack.

    Raises:
        PluginError: the installation is damaged.
    """
    return tuple(
        PolicyPack(name=item.name, folder=item)
        for item in sorted(folder().iterdir())
        if item.is_dir() and item.name != HELPERS and not item.name.startswith((".", "_"))
    )
