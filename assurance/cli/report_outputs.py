"""The views that `[report] outputs` names: found before anything runs, written at the end."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assurance import settings_document
from assurance.errors import UndecidedError
from assurance.evidence_files import is_stream, write_view
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assurance.errors import SettingsError
    from assurance.interfaces import Renderer
    from assurance.plugin_host import PluginHost
    from assurance.settings import Settings


class ReportOutput(Value):
    """One view, and where it goes."""

    renderer: Renderer
    path: Path

    def remove(self) -> None:
        """Remove what an earlier run wrote there: it may say GO, and this run may not end.

        Raises:
            UndecidedError: it cannot be removed.
        """
        if is_stream(self.path):
            return
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise UndecidedError(
                f"the old report cannot be removed: {error.strerror}",
                remedy="remove it by hand, or give it another path in [report] outputs",
                where=str(self.path),
            ) from error

    def write(self, document: Mapping[str, Any]) -> None:
        """Render the document that `-o json` prints, with its details.

        Raises:
            UndecidedError: the file cannot be written.
        """
        write_view(self.path, self.renderer.render(document))


def planned(settings: Settings, host: PluginHost, folder: Path) -> tuple[ReportOutput, ...]:
    """Return what the settings ask for; views without a path go into `folder`.

    Raises:
        SettingsError: no loaded plugin renders a view that is named, or it would be written over
            what the run reads.
    """
    if not settings.report.outputs:
        return ()
    renderers = {name: renderer for name, (_, renderer) in host.renderers().items()}
    read = _read_by_the_run(settings)
    found = []
    for number, output in enumerate(settings.report.outputs):
        name, _, path = output.partition("=")
        renderer = renderers.get(name)
        if renderer is None:
            near = difflib.get_close_matches(name, list(renderers), 1, 0.5)
            raise _error(
                settings,
                number,
                f"no loaded plugin renders `{name}` (offered: {', '.join(sorted(renderers))})",
                remedy=f"write `{near[0]}`" if near else "write one of those",
                hint=f"did you mean `{near[0]}`?" if near else "",
            )
        target = settings.root / path if path else folder / f"report{renderer.suffix}"
        if target.resolve() in read:
            raise _error(
                settings,
                number,
                f"the view `{name}` would be written over `{path}`, which the run reads",
                remedy="give it a path of its own",
            )
        found.append(ReportOutput(renderer=renderer, path=target))
    return tuple(found)


def _error(
    settings: Settings, number: int, problem: str, *, remedy: str, hint: str = ""
) -> SettingsError:
    """Return what is wrong with an output, by its place in the settings file."""
    document = settings_document.read(settings.path, cwd=Path.cwd())
    return document.error(problem, ("report", "outputs", number), remedy=remedy, hint=hint)


def _read_by_the_run(settings: Settings) -> set[Path]:
    named = (settings.path, settings.gate.trust, settings.gate.checklist, *settings.imports)
    return {path.resolve() for path in named if path is not None}


def remove(outputs: Iterable[ReportOutput]) -> None:
    """Remove what an earlier run wrote; see `ReportOutput.remove`."""
    for output in outputs:
        output.remove()
