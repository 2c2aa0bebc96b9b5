"""The stage *collect*: runs every configured collector, each in a child process of its own.

Whatever a collector does ends as one `CollectorRun`: `ok` with statements, or MISSING or
INDETERMINATE with a reason and without. It never ends the run, and never touches the result
of another one. Start reading at `collect`; `assurance.collector_process` holds the child,
`assurance.collector_protocol` is what passes between the two.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assurance import collector_process, input_files, making
from assurance.collector_options import check_options, choose
from assurance.collector_protocol import Request, write_request
from assurance.collector_result import Task, ended_as, judge
from assurance.errors import AssuranceError, SettingsError
from assurance.interfaces import CollectContext
from assurance.model import Status
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assurance.model import CollectorRun, Release, Statement
    from assurance.plugin_host import PluginHost
    from assurance.progress import Progress
    from assurance.settings import CollectSettings, Settings

_MARK: Final = ".assurance-collector"
"""File in each folder that we made, and may therefore empty."""
_COMMAND: Final = [sys.executable, "-P", "-m", "assurance.collector_child"]


class Collected(Value):
    """What all collectors gave."""

    runs: tuple[CollectorRun, ...]
    """One for each collector in the settings, in their order."""
    statements: tuple[tuple[str, Statement], ...]
    """(collector's name, statement), in the same order."""


class _Job(Value):
    """One collector, ready to run."""

    task: Task
    context: CollectContext
    folder: Path


def collect(
    settings: Settings,
    release: Release,
    artifacts: Iterable[Path],
    host: PluginHost,
    *,
    now: datetime,
    out: Path,
    progress: Progress,
    only_self_test: bool = False,
) -> Collected:
    """Run all collectors, as many at a time as there are processors.

    Args:
        settings: Which collectors, with which inputs, options and time limits.
        release: What they look at.
        artifacts: Its files, in the order of `release.artifacts`.
        host: The loaded plugins.
        now: The run's time, UTC. A statement counts as collected when its collector ended,
            when the collector says, or at `now`, whichever is oldest: never younger than real.
        out: Each collector gets the folder `<out>/<name>/`, which is emptied first. There
            are then `stdout.txt`, `stderr.txt` and its current folder `work/`.
        progress: Told about each start and end.
        only_self_test: Stop after the self-tests; inputs are not needed and not looked for.

    Raises:
        SettingsError: a collector that no plugin has, options that break its schema, or a
            folder in `out` that we did not make. Nothing has run then.
        PluginError: a plugin fails to say what it offers.
    """
    jobs = []
    for item in settings.collect:
        plugin, collector = choose(item, host)
        check_options(item, collector, where=str(settings.path))
        folder = out.absolute() / item.name
        _check_ours(folder)
        files = () if only_self_test else _inputs(settings, item)
        context = CollectContext(
            release=release,
            root=settings.root,
            workdir=folder / "work",
            inputs=files,
            artifacts=tuple(artifacts),
            options=item.options,
            now=now,
        )
        jobs.append(
            _Job(
                task=Task(
                    settings=item,
                    plugin=plugin,
                    collector=collector,
                    only_self_test=only_self_test,
                ),
                context=context,
                folder=folder,
            )
        )
    return _run_all(jobs, settings.root, _OneAtATime(progress))


def _run_all(jobs: list[_Job], root: Path, progress: Progress) -> Collected:
    cancelled = threading.Event()
    workers = max(1, min(len(jobs), _processors()))
    with ThreadPoolExecutor(workers, thread_name_prefix="collector") as pool:
        try:
            futures = [pool.submit(_run, job, root, progress, cancelled) for job in jobs]
            results = [future.result() for future in futures]
        except BaseException:
            # Ctrl-C or a bug: no child may outlive this call.
            cancelled.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return Collected(
        runs=tuple(run for run, _ in results),
        statements=tuple((run.name, it) for run, statements in results for it in statements),
    )


def _processors() -> int:
    if sys.platform != "linux":
        return os.cpu_count() or 1
    return len(os.sched_getaffinity(0))


def _run(
    job: _Job, root: Path, progress: Progress, cancelled: threading.Event
) -> tuple[CollectorRun, tuple[Statement, ...]]:
    """Run one collector to its `CollectorRun`; raises nothing that a collector can cause."""
    absent = None if job.task.only_self_test else _absent(job, root)
    if absent is not None:
        run = ended_as(job.task, status=Status.MISSING.value, reason=absent[0], remedy=absent[1])
        statements: tuple[Statement, ...] = ()
    else:
        progress.started(job.task.settings.name)
        try:
            run, statements = _run_child(job, progress, cancelled)
        except (AssuranceError, OSError) as err:
            remedy = err.remedy if isinstance(err, AssuranceError) else None
            reason = f"could not be run: {err}"
            run, statements = ended_as(job.task, reason=reason, remedy=remedy), ()
    if cancelled.is_set():
        run, statements = ended_as(job.task, reason="stopped with the whole run"), ()
    progress.finished(run)
    return run, statements


def _run_child(
    job: _Job, progress: Progress, cancelled: threading.Event
) -> tuple[CollectorRun, tuple[Statement, ...]]:
    name = job.task.settings.name
    self_test_dir, answer_dir = job.folder / "self-test", job.folder / "answer"
    _make_folder(job.folder, job.context.workdir, self_test_dir, answer_dir)
    request = Request(
        plugin=job.task.plugin.name,
        distribution=job.task.plugin.distribution,
        collector=job.task.collector.name,
        search_path=tuple(str(Path(entry).absolute()) for entry in sys.path),
        context=job.context,
        self_test_dir=self_test_dir,
        answer_dir=answer_dir,
        only_self_test=job.task.only_self_test,
        timeout_seconds=job.task.settings.timeout_seconds,
    )
    # Opened now: whatever the child does to the folder's path, this stays the folder.
    answers = os.open(answer_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        ended = collector_process.run(
            _COMMAND,
            request=write_request(request),
            folder=job.folder,
            workdir=job.context.workdir,
            timeout_seconds=job.task.settings.timeout_seconds,
            tick=lambda seconds: progress.tick(name, seconds),
            cancelled=cancelled,
        )
        return judge(job.task, ended, answers, clock=datetime.now(UTC), now=job.context.now)
    finally:
        os.close(answers)


def _inputs(settings: Settings, item: CollectSettings) -> tuple[Path, ...]:
    found = {path for it in item.inputs for path in input_files.match(settings.root, it)}
    return tuple(sorted(found))


def _absent(job: _Job, root: Path) -> tuple[str, str] | None:
    """Return (reason, remedy) if fewer files are there than the settings ask for."""
    for pattern in job.task.settings.inputs:
        found = len(input_files.match(root, pattern))
        if found < pattern.min:
            count = f"{found} of at least {pattern.min} files" if found else "no file"
            table = f"[collect.{job.task.settings.name}]"
            return (
                f"{count} at `{pattern.glob}`",
                making.command(root, job.task.settings.plugin, pattern.glob)
                or f"make it first, or correct `inputs` in {table}",
            )
    return None


def _check_ours(folder: Path) -> None:
    """Check that `folder` may be emptied: it is not there, or we made it.

    Raises:
        SettingsError: it holds somebody else's files.
    """
    if folder.is_symlink() or (folder.exists() and not (folder / _MARK).is_file()):
        raise SettingsError(
            f"`{folder}` is not a folder of an earlier run, so it is not emptied",
            remedy="choose another --out, or remove it",
            where=str(folder),
        )


def _make_folder(folder: Path, *parts: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()
    for part in parts:
        part.mkdir()


class _OneAtATime:
    """Passes calls from many threads on, one at a time."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lock = threading.Lock()

    def started(self, name: str) -> None:
        with self._lock:
            self._progress.started(name)

    def tick(self, name: str, elapsed_seconds: float) -> None:
        with self._lock:
            self._progress.tick(name, elapsed_seconds)

    def finished(self, run: CollectorRun) -> None:
        with self._lock:
            self._progress.finished(run)
