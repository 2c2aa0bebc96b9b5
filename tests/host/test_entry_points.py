"""Entry points read from their files, without importlib.metadata."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from assurance import entry_points
from assurance.entry_points import ENGINES, CommandName
from assurance.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Install = Callable[..., Path]


def test_commands_are_those_that_importlib_metadata_finds(install: Install) -> None:
    """Our reader and Python's own agree about this environment."""
    install(
        "acme-one", {}, "[other]\nx = y\n[assurance.commands]\n# no\nticket = acme.t:C [extra]\n"
    )
    expected = {
        CommandName(it.name, it.value.partition(" ")[0], entry_points.normalise(it.dist.name))
        for it in metadata.entry_points(group="assurance.commands")
        if it.dist
    }
    assert CommandName("ticket", "acme.t:C", "acme-one") in expected
    assert expected == set(entry_points.command_names())


def test_a_distribution_on_the_path_twice_counts_once(install: Install) -> None:
    """The first one on `sys.path` is the one whose modules would be imported."""
    for version in ("1", "2"):
        install("acme-one", {}, f"[assurance.commands]\nw{version} = acme\n", version=version)
    words = {it.word for it in entry_points.command_names()}
    assert {"w1"} == words & {"w1", "w2"}


def test_odd_files_are_no_commands(install: Install) -> None:
    """A foreign file that is no text, or lines that mean nothing, break nothing."""
    install("acme-one", {}, "ticket = acme\n[assurance.commands]\nnothing\n= x\n[\n")
    folder = install("acme-two", {}, "")
    (folder / "acme_two-1.2.dist-info" / "entry_points.txt").write_bytes(
        b"[assurance.commands]\n\xff = x"
    )
    assert {"release-assurance"} == {
        it.distribution for it in entry_points.command_names() if it.word.strip()
    }


def test_command_module(install: Install) -> None:
    """A command's module, or object in it, is imported when it is called."""
    install(
        "acme-one",
        {"acme_t": "class C:\n    SUMMARY = 'x'"},
        "[assurance.commands]\nticket = acme_t:C\n",
    )
    assert "acme_t" not in sys.modules
    found = entry_points.command_module("ticket")
    assert found is not None
    assert "x" == found.SUMMARY
    assert entry_points.command_module("tickets") is None


def test_two_claims_to_one_word(install: Install) -> None:
    """Neither of two commands of one name runs."""
    for name in ("acme-one", "acme-two"):
        install(name, {}, "[assurance.commands]\nticket = acme_t\n")
    with pytest.raises(PluginError, match="`ticket` is claimed by `acme-one` and `acme-two`"):
        entry_points.command_module("ticket")


@pytest.mark.parametrize("text", ["raise OSError('x')", "raise SystemExit(0)"])
def test_a_command_that_does_not_load(install: Install, text: str) -> None:
    """It is a fault of its distribution, and never an exit code of its choice."""
    install("acme-one", {"acme_t": text}, "[assurance.commands]\nticket = acme_t\n")
    with pytest.raises(PluginError, match="command `ticket` of `acme-one` does not load"):
        entry_points.command_module("ticket")


def test_own_plugin_and_engine() -> None:
    """Our own plugins are found by name, and the policy engine without its plugin."""
    assert "assurance_report.plugin" == entry_points.own("report").__name__
    assert "regorus" == entry_points.own("regorus", ENGINES).name


def test_own_has_only_ours(install: Install) -> None:
    """`verify` loads no third-party plugin, even one that is installed and asked for."""
    install("acme-one", {"acme_a": "raise RuntimeError"}, "[assurance]\nticket = acme_a\n")
    with pytest.raises(PluginError, match="release-assurance has no plugin `ticket` of its own"):
        entry_points.own("ticket")
    assert "acme_a" not in sys.modules


def test_a_false_name_after_us_on_the_path_changes_nothing(install: Install) -> None:
    """A distribution that calls itself release-assurance, later on the path, is not looked at."""
    install("release-assurance", {"acme_a": "x = 1"}, "[assurance]\nreport = acme_a\n")
    assert "assurance_report.plugin" == entry_points.own("report").__name__


def test_two_installations_in_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of two versions is meant cannot be told."""
    for version in ("1", "2"):
        (tmp_path / f"release_assurance-{version}.dist-info").mkdir()
    monkeypatch.setattr(entry_points, "__file__", str(tmp_path / "assurance" / "entry_points.py"))
    with pytest.raises(PluginError, match="is installed 2 times in one folder"):
        entry_points.own("report")


def test_not_installed_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run from a bare folder, it says so."""
    monkeypatch.setattr(entry_points, "__file__", str(tmp_path / "assurance" / "entry_points.py"))
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "absent")])
    with pytest.raises(PluginError, match="runs from a folder that is not an installation"):
        entry_points.own("report")


def test_light_to_import() -> None:
    """Neither `--help` nor `verify` pays for importlib.metadata here."""
    script = (
        "import sys; from assurance import entry_points; entry_points.command_names();"
        "entry_points._own_file();"
        "print([it for it in ('importlib.metadata', 'pluggy', 'inspect', 'pathlib')"
        " if it in sys.modules and it not in before])"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; before = set(sys.modules); {script}"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert "[]\n" == done.stdout
