"""`assurance plugins`: what is loaded, what it gives, and whether its self-test works."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assurance import settings as settings_module
from assurance.cli.command import Outcome
from assurance.cli.interruption import stoppable
from assurance.cli.progress import progress_on
from assurance.cli.terminal import escape
from assurance.collect import collect
from assurance.errors import ExitCode
from assurance.gate import load_host
from assurance.model import Release
from assurance.plugin_host import available, distribution_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from assurance.cli.terminal import Terminal
    from assurance.model import CollectorRun
    from assurance.plugin_host import Plugin, PluginHost
    from assurance.progress import Progress
    from assurance.settings import Settings

SUMMARY = "list the plugins and what they give"

_HEADINGS = ("name", "version", "distribution", "gives", "self-test")
_STATES = {
    "passed": ("PASS", "found what it planted"),
    "failed": ("FAIL", "failed"),
    "none": ("INDETERMINATE", "none offered"),
    "not-run": ("INDETERMINATE", "could not be run"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Load the plugins that the settings name, say what each gives, and let each configured "
        "collector look for the defect that it plants for itself."
    )
    parser.epilog = "example: assurance plugins --available"
    parser.add_argument(
        "--available",
        action="store_true",
        help="list every installed plugin; loads none, needs no settings",
    )
    parser.add_argument("--no-self-test", action="store_true", help="do not run the self-tests")


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Answer with the list; exit 0 whatever the self-tests say."""
    if arguments.available:
        return _installed()
    config = Path(arguments.config) if arguments.config else None
    settings = settings_module.load(config, environ=os.environ, cwd=Path.cwd())
    host = load_host(settings)
    runs = () if arguments.no_self_test else _self_tests(settings, host, progress_on(terminal))
    plugins = [_document(plugin, host, runs) for plugin in host.plugins]
    rows = [
        (
            it["name"],
            it["version"],
            it["distribution"],
            ", ".join(it["gives"]) or "nothing",
            "; ".join(_shown(test, terminal) for test in it["self_tests"]) or "-",
        )
        for it in plugins
    ]
    return Outcome(exit=ExitCode.YES, text=_table(_HEADINGS, rows), document={"plugins": plugins})


def _installed() -> Outcome:
    plugins = [
        {
            "name": it.name,
            "version": it.dist.version if it.dist else "",
            "distribution": distribution_of(it),
            "module": it.value,
        }
        for it in available()
    ]
    headings = ("name", "version", "distribution", "module")
    rows = [tuple(escape(it[key]) for key in headings) for it in plugins]
    return Outcome(exit=ExitCode.YES, text=_table(headings, rows), document={"plugins": plugins})


def _self_tests(
    settings: Settings, host: PluginHost, progress: Progress
) -> tuple[CollectorRun, ...]:
    """Run the self-tests alone, about a release that does not exist."""
    release = Release(
        name="self-test",
        version="0",
        revision=None,
        artifacts=(),
        environment=settings.release.environment,
        resource_uri="pkg:generic/self-test@0",
    )
    with (
        stoppable(None),
        tempfile.TemporaryDirectory(prefix="assurance-self-test-") as folder,
    ):
        return collect(
            settings,
            release,
            (),
            host,
            now=datetime.now(UTC),
            out=Path(folder),
            progress=progress,
            only_self_test=True,
        ).runs


def _document(plugin: Plugin, host: PluginHost, runs: tuple[CollectorRun, ...]) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "version": plugin.version,
        "distribution": plugin.distribution,
        "digest": plugin.digest,
        "gives": _gives(plugin, host),
        "self_tests": [
            {
                "collector": it.name,
                "state": it.self_test,
                "reason": it.reason,
                "remedy": it.remedy,
            }
            for it in runs
            if (it.plugin, it.distribution) == (plugin.name, plugin.distribution)
        ],
    }


def _gives(plugin: Plugin, host: PluginHost) -> list[str]:
    """Return what the plugin provides, as `kind name`."""
    offered = {
        "collector": host.collectors(),
        "signer": host.signers(),
        "engine": host.policy_engines(),
        "pack": host.policy_packs(),
        "log": host.logs(),
        "view": host.renderers(),
        "predicate": host.predicates(),
    }
    return [
        f"{kind} {name}"
        for kind, providers in offered.items()
        for name, (owner, _) in providers.items()
        if owner == plugin
    ]


def _shown(test: dict[str, Any], terminal: Terminal) -> str:
    word, text = _STATES[test["state"]]
    reason = f": {escape(test['reason'])}" if test["reason"] and word != "PASS" else ""
    return f"{terminal.symbol(word)} {text}{reason}"


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return the rows in columns; the last one is not filled up."""
    lines = [headings, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return "\n".join(
        "  ".join(f"{cell:<{wide}}" for cell, wide in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
