"""The stage collect: whatever a collector does stays its own business."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance.collect import collect
from assurance.errors import SettingsError
from assurance.model import Artifact, Release
from assurance.plugin_host import PluginHost, PluginName
from assurance.progress import Silent
from assurance.settings import CollectSettings, InputGlob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assurance.collect import Collected
    from assurance.model import CollectorRun
    from assurance.settings import Settings

    MakeSettings = Callable[..., Settings]

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "data" / "misbehaving" / "acme_misbehaving.py"
PLUGIN = PluginName(name="misbehaving", distribution="Acme.Misbehaving")
SECRETS = {
    "ASSURANCE_KEY_PASSPHRASE": "hunter2",
    "AWS_SECRET_ACCESS_KEY": "hunter2",
    "GITHUB_TOKEN": "hunter2",
    "PIP_PASSWORD": "hunter2",
    "SSH_AUTH_SOCK": "/tmp/agent",
}
RELEASE = Release(
    name="inkwell",
    version="1.0",
    revision=None,
    artifacts=(Artifact(name="a.whl", sha256="0" * 64, size=1),),
    environment="development",
    resource_uri="pkg:pypi/inkwell@1.0",
)
FAULTS = {
    "raises": r"raised ValueError: the tool said \[31m no and more",
    "panics": "raised PanicException: index out of bounds",
    "hangs": "did not end within its limit of 1 s",
    "exits-zero": "exited with status 0 without a result",
    "exits-three": "exited with status 3, without a result that counts",
    "calls-sys-exit": r"called sys.exit\(0\)",
    "is-killed": "was killed by SIGKILL",
    "prints": "printed to stdout, which is not its own: all is well",
    "prints-from-a-tool": "printed to stdout, which is not its own: all is well",
    "returns-none": "returned NoneType, not a list of Statement",
    "returns-one-statement": "returned Statement, not a list of Statement",
    "returns-text": "returned str among the statements",
    "returns-nothing": "returned no statement",
    "returns-too-many": "returned more than 2000 statements",
    "raises-half-way": "raised RuntimeError: after the first",
    "predicate-is-a-list": "a predicate is not a JSON object",
    "predicate-is-empty": "a predicate is an empty object",
    "predicate-is-cut": "a predicate: not JSON",
    "predicate-is-text": "a predicate is str, not bytes",
    "predicate-is-huge": "67,108,871 bytes; the limit is 67,108,864",
    "type-not-announced": "gave https://cyclonedx.org/bom, a predicate type that it did not",
    "type-is-no-uri": "'observation' is not an absolute URI",
    "from-the-future": "as collected in the future",
    "time-without-zone": "which is not UTC",
    "subject-without-digest": "a subject has no digest",
    "subject-in-capitals": "is not lowercase hex",
    "leaves-a-child": "left processes behind: sleep",
    "leaves-a-daemon": "left processes behind: sleep",
    "tool-is-broken": "the scanner did not answer",
    "points-outside": "a predicate outside the folder: '../../stolen.json'",
    "answers-with-a-symlink": "0.json is not a regular file",
    "answers-with-a-pipe": "0.json is not a regular file",
    "answers-with-a-folder": "0.json is not a regular file",
    "answers-with-a-huge-file": "0.json has 67,108,865 bytes; the limit is",
    "answers-with-other-bytes": "0.json is incomplete",
    "answers-without-the-file": "0.json is not there",
    "answers-half": "does not count: .*not JSON",
    "answers-in-another-shape": "result.json has another shape",
    "swaps-its-folder": "without a result",
    "claims-no-self-test-ran": "its self-test is `not-run`",
    "self-test-not-found": "did not find the defect that it planted for itself: a defect",
    "self-test-self-test-raises": "its self-test raised OSError: no room for a plant",
    "self-test-self-test-says-true": "its self-test returned bool, not SelfTest",
}
"""Collector's name: what its reason must say."""
FINE = {
    "closes-everything",
    "forks-and-returns-twice",
    "from-last-week",
    "good",
    "looks-around",
    "returns-a-generator",
    "self-test-none-offered",
    "talks-on-stderr",
    "waits-for-its-child",
}


class Watcher(Silent):
    """Notes what it is told, and that no two calls overlap."""

    def __init__(self) -> None:
        """Start with nothing said."""
        self.said: list[tuple[str, str]] = []
        self.overlapped = False
        self._busy = threading.Lock()

    def _note(self, what: str, name: str) -> None:
        if not self._busy.acquire(blocking=False):
            self.overlapped = True
            return
        self.said.append((what, name))
        time.sleep(0.001)
        self._busy.release()

    def started(self, name: str) -> None:
        """Note it."""
        self._note("started", name)

    def tick(self, name: str, elapsed_seconds: float) -> None:
        """Note it."""
        assert elapsed_seconds >= 0
        self._note("tick", name)

    def finished(self, run: CollectorRun) -> None:
        """Note it."""
        self._note("finished", run.name)


class Ran:
    """One run of all the collectors."""

    def __init__(self, collected: Collected, out: Path, watcher: Watcher, now: datetime) -> None:
        """Keep what came out of it."""
        self.collected = collected
        self.out = out
        self.watcher = watcher
        self.now = now
        self.runs = {run.name: run for run in collected.runs}

    def predicates(self, name: str) -> list[dict[str, Any]]:
        """Return what collector `name` gave."""
        return [
            json.loads(it.predicate) for owner, it in self.collected.statements if owner == name
        ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Install the misbehaving plugin, as a real distribution."""
    folder = tmp_path_factory.mktemp("site")
    info = folder / "acme_misbehaving-0.4.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: acme-misbehaving\nVersion: 0.4.2\n"
    )
    (info / "entry_points.txt").write_text("[assurance]\nmisbehaving = acme_misbehaving\n")
    (info / "RECORD").write_text("acme_misbehaving.py,,\n")
    (folder / "acme_misbehaving.py").write_bytes(SOURCE.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path, str(folder)])
        yield folder
    sys.modules.pop("acme_misbehaving", None)


@pytest.fixture(scope="module")
def host(site: Path) -> PluginHost:
    """Load it."""
    assert site.is_dir()
    return PluginHost.load([PLUGIN])


def chosen(name: str, **changes: Any) -> CollectSettings:
    """Return the settings of one collector."""
    given: dict[str, Any] = {
        "plugin": PLUGIN.name,
        "distribution": PLUGIN.distribution,
        "timeout_seconds": 20,
    }
    return CollectSettings(name=name, **(given | changes))


@pytest.fixture(scope="module")
def ran(
    host: PluginHost, make_settings: MakeSettings, tmp_path_factory: pytest.TempPathFactory
) -> Ran:
    """Run every collector, all in one go."""
    root = tmp_path_factory.mktemp("project")
    (root / "one.xml").write_text("x")
    names = [name for name in host.collectors() if name != "looks-around"]
    settings = make_settings(
        root,
        *(chosen(name, timeout_seconds=1 if name == "hangs" else 20) for name in names),
        chosen("looks-around", inputs=(InputGlob(glob="*.xml"),), options={"level": 3}),
    )
    out = tmp_path_factory.mktemp("out")
    watcher = Watcher()
    now = datetime.now(UTC)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        collected = collect(
            settings, RELEASE, (root / "a.whl",), host, now=now, out=out, progress=watcher
        )
    return Ran(collected, out, watcher, now)


def test_every_collector_is_expected_to_do_something(ran: Ran) -> None:
    """No collector of the plugin is forgotten by these tests."""
    assert set(ran.runs) == {*FAULTS, *FINE, "evidence-is-missing"}


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_misbehaviour_is_indeterminate(ran: Ran, name: str) -> None:
    """Each misbehaviour ends as INDETERMINATE with a reason that says it, and no statement."""
    run = ran.runs[name]
    assert "INDETERMINATE" == run.status
    assert re.search(FAULTS[name], run.reason or "")
    assert (run.reason or "").isprintable()
    assert run.remedy
    assert [] == ran.predicates(name)


@pytest.mark.parametrize("name", sorted(FINE))
def test_the_others_results_stay(ran: Ran, name: str) -> None:
    """A collector that does its work is `ok`, whatever happens beside it."""
    run = ran.runs[name]
    assert ("ok", None) == (run.status, run.reason)
    assert len(ran.predicates(name)) == (2 if name == "returns-a-generator" else 1)


def test_missing_evidence_is_missing(ran: Ran) -> None:
    """A collector says itself that there is nothing to look at, and what to do."""
    run = ran.runs["evidence-is-missing"]
    assert ("MISSING", "no report at build/x.xml") == (run.status, run.reason)
    assert "run the tests first" == run.remedy
    assert "passed" == run.self_test


def test_each_run_names_the_plugin(ran: Ran) -> None:
    """Plugin, distribution, version and digest of what ran are told."""
    run = ran.runs["good"]
    assert ("misbehaving", "acme-misbehaving", "0.4.2") == (
        run.plugin,
        run.distribution,
        run.version,
    )
    assert re.fullmatch("[0-9a-f]{64}", run.digest)
    assert run.duration_ms > 0
    assert ("https://acme.example/observation/v1",) == run.predicate_types


def test_self_test_states(ran: Ran) -> None:
    """Passed, failed, none and not-run are told apart."""
    assert "passed" == ran.runs["good"].self_test
    assert "none" == ran.runs["self-test-none-offered"].self_test
    assert "failed" == ran.runs["self-test-not-found"].self_test
    assert "failed" == ran.runs["self-test-self-test-raises"].self_test
    assert "not-run" == ran.runs["exits-zero"].self_test


def test_results_are_in_the_order_of_the_settings(ran: Ran) -> None:
    """Neither runs nor statements depend on who was done first."""
    names = [run.name for run in ran.collected.runs]
    assert [*sorted(set(names) - {"looks-around"}), "looks-around"] == names
    owners = [name for name, _ in ran.collected.statements]
    assert sorted(owners, key=names.index) == owners


def test_environment_has_no_secrets(ran: Ran) -> None:
    """A collector sees a short list of variables, and no secret among them."""
    (seen,) = ran.predicates("looks-around")
    allowed = {
        "PATH", "HOME", "TMPDIR", "LANG", "TZ", "SOURCE_DATE_EPOCH", "VIRTUAL_ENV",
        "ASSURANCE_COLLECTOR_RUN", "LC_CTYPE",
    }  # fmt: skip
    names = {it for it in seen["environment"] if not it.startswith(("PYTHON", "COVERAGE_"))}
    assert names <= allowed
    assert "hunter2" not in json.dumps(seen)
    assert ("C.UTF-8", "UTC") == (seen["environment"]["LANG"], seen["environment"]["TZ"])


def test_collector_has_a_folder_of_its_own(ran: Ran) -> None:
    """Current folder, HOME and TMPDIR are an empty folder below the outputs."""
    (seen,) = ran.predicates("looks-around")
    home = str(ran.out / "looks-around" / "work")
    variables = seen["environment"]
    assert [home] * 4 == [seen["cwd"], seen["workdir"], variables["HOME"], variables["TMPDIR"]]
    assert [] == seen["files"]


def test_collector_is_told_what_to_look_at(ran: Ran) -> None:
    """Inputs, artifacts, options and release arrive; stdin is empty; the session is its own."""
    (seen,) = ran.predicates("looks-around")
    assert ["one.xml"] == [Path(it).name for it in seen["inputs"]]
    assert ["a.whl"] == [Path(it).name for it in seen["artifacts"]]
    assert ({"level": 3}, "inkwell", "", True) == (
        seen["options"], seen["release"], seen["stdin"], seen["session"],
    )  # fmt: skip


@pytest.mark.parametrize("name", ["hangs", "leaves-a-child", "leaves-a-daemon"])
def test_nothing_outlives_a_collector(ran: Ran, name: str) -> None:
    """What it started is gone when its run has ended, a daemon in its own session too."""
    pids = (ran.out / name / "work" / "pid").read_text().split()
    assert pids
    assert [] == [pid for pid in pids if is_alive(int(pid))]


def is_alive(pid: int) -> bool:
    """Return whether the process runs; one that nobody has reaped yet does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def test_a_fork_that_comes_back_does_not_answer(ran: Ran) -> None:
    """Only the process that was started answers."""
    assert [{"seen": "by the original"}] == ran.predicates("forks-and-returns-twice")


def test_output_is_kept_within_bounds(ran: Ran) -> None:
    """Of 5 MiB on stderr the first MiB is kept."""
    assert 1 << 20 == (ran.out / "talks-on-stderr" / "stderr.txt").stat().st_size
    assert "a last word" in (ran.out / "exits-three" / "stderr.txt").read_text()
    assert b"all is well\n" == (ran.out / "prints" / "stdout.txt").read_bytes()


def test_collection_time_is_never_younger_than_real(ran: Ran) -> None:
    """A statement is as old as its collector says, and never younger than the run's time."""
    times = {name: it.collected_at for name, it in ran.collected.statements}
    assert datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC) == times["from-last-week"]
    assert ran.now.replace(microsecond=0) == times["good"]


def test_progress_tells_each_start_and_end(ran: Ran) -> None:
    """Each collector starts and ends once, the slow one ticks, and calls never overlap."""
    assert not ran.watcher.overlapped
    for name in ran.runs:
        said = [what for what, it in ran.watcher.said if it == name and what != "tick"]
        assert ["started", "finished"] == said
    assert ("tick", "hangs") in ran.watcher.said


def test_too_few_inputs_are_missing(
    host: PluginHost, make_settings: MakeSettings, tmp_path: Path
) -> None:
    """Fewer files than the settings ask for: MISSING, and the collector is not even started."""
    (tmp_path / "one.xml").write_text("x")
    settings = make_settings(
        tmp_path,
        chosen("good", inputs=(InputGlob(glob="*.xml", min=2),)),
        chosen("prints", inputs=(InputGlob(glob="build/*.xml"),), required=False),
    )
    found = collect(
        settings, RELEASE, (), host, now=datetime.now(UTC), out=tmp_path / "out", progress=Silent()
    )
    assert ["MISSING"] * 2 == [run.status for run in found.runs]
    assert ["1 of at least 2 files at `*.xml`", "no file at `build/*.xml`"] == [
        run.reason for run in found.runs
    ]
    assert [True, False] == [run.required for run in found.runs]
    assert not (tmp_path / "out").exists()


def test_only_self_tests(host: PluginHost, make_settings: MakeSettings, tmp_path: Path) -> None:
    """The self-tests alone need no inputs and give no statements."""
    settings = make_settings(
        tmp_path,
        chosen("good", inputs=(InputGlob(glob="*.xml"),)),
        chosen("self-test-not-found"),
    )
    found = collect(
        settings, RELEASE, (), host, now=datetime.now(UTC), out=tmp_path / "out",
        progress=Silent(), only_self_test=True,
    )  # fmt: skip
    assert ["ok", "INDETERMINATE"] == [run.status for run in found.runs]
    assert () == found.statements


def test_a_fixed_time_is_kept(
    host: PluginHost, make_settings: MakeSettings, tmp_path: Path
) -> None:
    """Under SOURCE_DATE_EPOCH the same statement comes out on any day."""
    now = datetime(2025, 5, 6, tzinfo=UTC)
    settings = make_settings(tmp_path, chosen("good"))
    for _ in range(2):
        found = collect(
            settings, RELEASE, (), host, now=now, out=tmp_path / "out", progress=Silent()
        )
        assert [now] == [it.collected_at for _, it in found.statements]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"options": {"levle": 3}}, r"\[collect.good.options\] .*'levle' was unexpected"),
        ({"options": {"level": "3"}}, r"level: '3' is not of type 'integer'"),
        ({"options": {"level": datetime(2026, 1, 1, tzinfo=UTC)}}, "that JSON does not have"),
    ],
)
def test_wrong_options_stop_before_anything_runs(
    host: PluginHost,
    make_settings: MakeSettings,
    tmp_path: Path,
    changes: dict[str, Any],
    message: str,
) -> None:
    """Options that break the collector's schema are an error in the settings."""
    settings = make_settings(tmp_path, chosen("good", **changes), chosen("prints"))
    with pytest.raises(SettingsError, match=message):
        collect(settings, RELEASE, (), host, now=datetime.now(UTC), out=tmp_path, progress=Silent())
    assert [] == list(tmp_path.iterdir())


def test_a_collector_that_nobody_has(
    host: PluginHost, make_settings: MakeSettings, tmp_path: Path
) -> None:
    """A plugin with several collectors, none of them called so: which one is meant?"""
    settings = make_settings(tmp_path, chosen("excellent"))
    with pytest.raises(SettingsError, match=r"\[collect.excellent\] names none of them"):
        collect(settings, RELEASE, (), host, now=datetime.now(UTC), out=tmp_path, progress=Silent())


def test_a_folder_of_somebody_else_is_not_emptied(
    host: PluginHost, make_settings: MakeSettings, tmp_path: Path
) -> None:
    """`--out .` in a project with a folder called like a collector must not delete it."""
    precious = tmp_path / "good" / "precious.py"
    precious.parent.mkdir()
    precious.write_text("x = 1")
    settings = make_settings(tmp_path, chosen("good"))
    with pytest.raises(SettingsError, match="is not a folder of an earlier run"):
        collect(settings, RELEASE, (), host, now=datetime.now(UTC), out=tmp_path, progress=Silent())
    assert precious.is_file()


class Interrupting(Silent):
    """As if Ctrl-C came while a collector runs."""

    def tick(self, name: str, elapsed_seconds: float) -> None:
        """Do what a signal handler would."""
        super().tick(name, elapsed_seconds)
        raise KeyboardInterrupt


def test_an_interrupt_leaves_no_process(
    host: PluginHost,
    make_settings: MakeSettings,
    tmp_path: Path,
    children: Callable[[], set[int]],
) -> None:
    """When the run is interrupted, its collectors end at once, and what they started."""
    settings = make_settings(tmp_path, chosen("hangs"), chosen("good"))
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        collect(
            settings, RELEASE, (), host, now=datetime.now(UTC), out=tmp_path,
            progress=Interrupting(),
        )  # fmt: skip
    assert time.monotonic() - begin < 50, "it waited for the collector"
    assert [] == [child for child in children() if is_alive(child)]
