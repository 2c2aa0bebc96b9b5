"""The parts of the stage collect that misbehaving collectors do not reach."""

from __future__ import annotations

import json
import os
import site
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from assurance import collector_process
from assurance.collect import collect
from assurance.collector_options import check_options, choose
from assurance.collector_protocol import MAX_STATEMENTS, read_answer
from assurance.collector_result import one_line
from assurance.errors import FormatError, PluginError, UndecidedError
from assurance.model import Release
from assurance.plugin_host import PluginHost, PluginName
from assurance.progress import Silent
from assurance.settings import CollectSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assurance.settings import Settings

    Install = Callable[..., Path]
    MakeSettings = Callable[..., Settings]

PLUGIN = """
import json
from datetime import UTC, datetime
from assurance import Statement, hookimpl

class Collector:
    name = "units"
    predicate_types = ("https://acme.example/x/v1",)
    options_schema = {schema}
    def collect(self, context):
        seen = json.dumps(dict(context.options)).encode()
        predicate = b'{{"o":' + seen + b'}}'
        uri = self.predicate_types[0]
        return [Statement(predicate_type=uri, predicate=predicate, collected_at=context.now)]
    def self_test(self, context):
        return None

@hookimpl
def assurance_collectors():
    return [Collector()]
"""
RELEASE = Release(
    name="inkwell",
    version="1.0",
    revision=None,
    artifacts=(),
    environment="development",
    resource_uri="pkg:pypi/inkwell",
)


def chosen(name: str, **options: Any) -> CollectSettings:
    """Return the settings of one collector of the plugin."""
    return CollectSettings(name=name, plugin="a", distribution="acme-one", options=options)


def loaded(install: Install, schema: str = '{"type": "object"}') -> PluginHost:
    """Install the plugin and load it."""
    install("acme-one", {"acme_a": PLUGIN.format(schema=schema)}, "[assurance]\na = acme_a\n")
    return PluginHost.load([PluginName(name="a", distribution="acme-one")])


def test_two_tables_may_use_one_collector(
    install: Install, make_settings: MakeSettings, tmp_path: Path
) -> None:
    """The only collector of a plugin may be used under several names, with other options."""
    settings = make_settings(tmp_path, chosen("first", n=1), chosen("second", n=2))
    found = collect(
        settings, RELEASE, (), loaded(install), now=datetime.now(UTC), out=tmp_path / "out",
        progress=Silent(),
    )  # fmt: skip
    assert ["ok", "ok"] == [it.status for it in found.runs]
    assert [("first", {"o": {"n": 1}}), ("second", {"o": {"n": 2}})] == [
        (name, json.loads(it.predicate)) for name, it in found.statements
    ]


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ('{"type": "objekt"}', "options schema of collector `units` is none"),
        ('{"$ref": "https://acme.example/other.json"}', "refers to another one that is not there"),
    ],
)
def test_an_options_schema_that_is_none(install: Install, schema: str, reason: str) -> None:
    """A broken schema is the plugin's fault, and a foreign one is not fetched."""
    host = loaded(install, schema)
    item = chosen("units")
    with pytest.raises(PluginError, match=reason):
        check_options(item, choose(item, host)[1], where="assurance.toml")


def test_a_folder_that_cannot_be_made(
    install: Install, make_settings: MakeSettings, tmp_path: Path
) -> None:
    """No room for a collector's folder: it is INDETERMINATE, and the run goes on."""
    (tmp_path / "out").write_text("a file, not a folder")
    found = collect(
        make_settings(tmp_path, chosen("units")), RELEASE, (), loaded(install),
        now=datetime.now(UTC), out=tmp_path / "out", progress=Silent(),
    )  # fmt: skip
    assert "INDETERMINATE" == found.runs[0].status
    assert "could not be run: " in (found.runs[0].reason or "")


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    """A child that cannot be started is undecided."""
    with pytest.raises(UndecidedError, match="cannot be started: No such file"):
        collector_process.run(
            [str(tmp_path / "absent")],
            request=b"",
            folder=tmp_path,
            workdir=tmp_path,
            timeout_seconds=1,
            tick=lambda _: None,
            cancelled=threading.Event(),
        )


def test_request_of_any_size_does_not_block(tmp_path: Path) -> None:
    """A child that never reads its request cannot make us wait for it."""
    ended = collector_process.run(
        ["true"],
        request=b"x" * (4 << 20),
        folder=tmp_path,
        workdir=tmp_path,
        timeout_seconds=10,
        tick=lambda _: None,
        cancelled=threading.Event(),
    )
    assert (0, False) == (ended.status, ended.timed_out)


def test_environment_is_an_allow_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not on the list does not pass, and relative search paths become absolute."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(site, "ENABLE_USER_SITE", True)
    given = {"PATH": "/bin", "PYTHONPATH": "lib", "PYTHONSTARTUP": "x", "HOME": "/root", "X": "1"}
    assert {
        "PATH": "/bin",
        "PYTHONPATH": str(tmp_path / "lib"),
        "PYTHONUSERBASE": site.getuserbase(),
        "HOME": "/w",
        "TMPDIR": "/w",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    } == collector_process.scrubbed(given, tmp_path.__class__("/w"))


@pytest.fixture
def answers(tmp_path: Path) -> Iterator[int]:
    """Return an open folder of answers."""
    handle = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield handle
    os.close(handle)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"selfTest": "fine"}, "no self-test state"),
        ({"missing": 1}, "no self-test state"),
        ({"failure": 3}, "int where text belongs"),
        ({"statements": {}}, f"more than {MAX_STATEMENTS} statements"),
        ({"statements": [{}] * (MAX_STATEMENTS + 1)}, f"more than {MAX_STATEMENTS} statements"),
        ({"statements": [3]}, "another shape"),
        ({"statements": [{"file": "/etc/passwd"}]}, "outside the folder: '/etc/passwd'"),
        ({"statements": [{"file": "0.json\n"}]}, "outside the folder"),
        ({"statements": [{"file": 0}]}, "outside the folder"),
    ],
)
def test_an_answer_of_another_shape(
    answers: int, tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    """Whatever a child writes, the parent raises its own error."""
    value: dict[str, Any] = {
        "selfTest": "passed",
        "selfTestMessage": None,
        "statements": [],
        "failure": None,
        "missing": False,
        "remedy": None,
    }
    (tmp_path / "result.json").write_text(json.dumps(value | changes))
    with pytest.raises(FormatError, match=reason):
        read_answer(answers)


def test_no_answer(answers: int) -> None:
    """No `result.json`, no answer: also while it still has its other name."""
    assert read_answer(answers) is None


def test_reasons_are_one_line() -> None:
    """Foreign text becomes one printable line of bounded length."""
    assert "a [31mb c" == one_line("a\x1b[31mb\r\n\u202e c")
    assert 300 == len(one_line("x" * 1000))
