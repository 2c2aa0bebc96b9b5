"""What a terminal can show, and foreign text made harmless."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.cli.progress import SILENCE_SECONDS, Lines, Redrawn, progress_on
from assurance.cli.terminal import STYLES, SYMBOLS, Terminal, escape
from assurance.model import CollectorRun, Status
from assurance.progress import Silent


class Screen(StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def terminal(stream: StringIO | None = None, **environ: str) -> Terminal:
    """Return a terminal on `stream` (default: one that is a terminal)."""
    found = Screen() if stream is None else stream
    return Terminal(found, found, environ)


@pytest.mark.parametrize(
    ("environ", "on_screen", "in_file"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ({"CLICOLOR": "0"}, False, False),
        ({"TERM": "dumb"}, False, False),
    ],
)
def test_colour(environ: dict[str, str], on_screen: object, in_file: object) -> None:
    """Colour follows the stream and the usual variables."""
    assert on_screen == terminal(None, **environ).colour
    assert in_file == terminal(StringIO(), **environ).colour


def test_paint() -> None:
    """Styles are SGR sequences that end; without colour the text is as it was."""
    assert "\x1b[1;31mFAIL\x1b[0m" == terminal().paint("FAIL", "bold", "red")
    assert "FAIL" == terminal(NO_COLOR="1").paint("FAIL", "bold", "red")
    assert all(style in STYLES for _, _, style in SYMBOLS.values())


def test_every_status_has_a_symbol() -> None:
    """Each status has a symbol of its own, in ASCII too."""
    words = [status.value for status in Status]
    fancy, plain = terminal(), terminal(ASSURANCE_ASCII="1")
    assert len(words) == len({fancy.symbol(word) for word in words})
    assert len(words) == len({plain.symbol(word) for word in words})
    assert all(plain.symbol(word).isascii() for word in words)


@pytest.mark.parametrize("columns", ["", "x", "-5", "100000", "٤٠"])
def test_odd_widths(columns: str) -> None:
    """A COLUMNS that is no sensible number is as good as none."""
    assert terminal(COLUMNS=columns).width > 0
    assert 40 == terminal(COLUMNS="40").width


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("plain grün 日本", "plain grün 日本"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("\x9b31m", "\\x9b31m"),
        ("\u200b\ufeff", "\\u200b\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_escape(foreign: str, shown: str) -> None:
    """What could act on a terminal is visible instead."""
    assert shown == escape(foreign)


def test_escape_cuts() -> None:
    """Long text is cut, and the cut is visible."""
    assert "a" * 200 == escape("a" * 200)
    assert "a" * 199 + "…" == escape("a" * 201)
    assert "a" * 201 == escape("a" * 201, None)


@given(st.text())
def test_escaped_text_is_printable(text: str) -> None:
    """Whatever comes in, what comes out can be printed and encoded."""
    assert escape(text).isprintable()
    escape(text).encode("utf-8")


@given(st.dictionaries(st.text(), st.text(), max_size=3), st.booleans())
def test_json_stays_the_same_document(value: dict[str, str], indented: object) -> None:
    """On a terminal nothing in it acts, in ASCII all of it can be shown; a file gets the bytes."""
    text = json.dumps(value, ensure_ascii=False, indent=2 if indented else None)
    assert text == terminal(StringIO()).json(text)
    shown = terminal().json(text)
    assert value == json.loads(shown)
    assert shown.replace("\n", "").isprintable()
    plain = terminal(StringIO(), ASSURANCE_ASCII="1").json(text)
    assert plain.isascii()
    assert value == json.loads(plain)
    assert "\r" not in terminal().json('{"a": 1,\r"b": 2}')


def test_quiet_and_verbose() -> None:
    """Quiet hides notes and not errors; details need -v."""
    stream = StringIO()
    found = terminal(stream)
    found.detail("detail")
    found.note("note")
    found.quiet = True
    found.note("hidden")
    found.error("error")
    found.quiet, found.verbose = False, 1
    found.detail("detail")
    assert "note\nerror\ndetail\n" == stream.getvalue()


def test_nobody_listens() -> None:
    """A standard error that is gone is no failure."""
    stream = StringIO()
    found = terminal(stream)
    stream.close()
    found.error("x")
    found.raw("x")
    Terminal.plain().error("x")
    Terminal.plain().out("x")


def ended(name: str, status: str = "ok", reason: str | None = None) -> CollectorRun:
    """Return how a collector's run ended."""
    return CollectorRun(
        name=name,
        plugin=name,
        distribution="d",
        version="1",
        digest="0" * 64,
        status=status,
        reason=reason,
        required=True,
        predicate_types=(),
        self_test="none",
        duration_ms=1250,
    )


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        """Start at 1000."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_progress_in_a_log() -> None:
    """A log gets a line at the start, at the end, and after 30 s of silence."""
    stream, clock = StringIO(), Clock()
    progress = Lines(terminal(stream), clock)
    progress.started("sbom")
    progress.started("fuzz")
    for _ in range(int(SILENCE_SECONDS * 10) - 1):
        clock.now += 0.1
        progress.tick("fuzz", clock.now - 1000)
    assert 2 == stream.getvalue().count("\n")
    clock.now += 1
    progress.tick("fuzz", 31.0)
    progress.finished(ended("sbom"))
    progress.finished(ended("fuzz", "INDETERMINATE", "timed out\x1b[2J"))
    assert [
        "assurance: started sbom",
        "assurance: started fuzz",
        "assurance: running sbom 0 s, fuzz 31 s",
        "assurance: done    sbom 1.2 s",
        "assurance: done    fuzz INDETERMINATE 1.2 s: timed out\\x1b[2J",
    ] == stream.getvalue().splitlines()
    assert "\x1b" not in stream.getvalue()


def test_progress_on_a_terminal() -> None:
    """On a terminal running lines are redrawn, at most ten times a second; done ones stay."""
    stream, clock = Screen(), Clock()
    progress = Redrawn(terminal(stream, NO_COLOR="1", COLUMNS="60"), clock)
    progress.started("sbom")
    before = stream.getvalue()
    progress.tick("sbom", 0.05)
    assert before == stream.getvalue()
    clock.now += 0.2
    progress.tick("sbom", 0.25)
    assert stream.getvalue().startswith(f"{before}\x1b[1A\x1b[J")
    progress.finished(ended("sbom"))
    assert stream.getvalue().endswith("\x1b[1A\x1b[J  ✓ sbom               1.2 s\n")
    progress.finished(ended("never-started", "MISSING", None))
    assert "○ never-started      MISSING 1.2 s: no reason given" in stream.getvalue()


def test_which_progress() -> None:
    """Quiet shows none, a terminal is redrawn, a log is not."""
    quiet = terminal()
    quiet.quiet = True
    assert isinstance(progress_on(quiet), Silent)
    assert isinstance(progress_on(terminal()), Redrawn)
    assert isinstance(progress_on(terminal(StringIO())), Lines)
    assert isinstance(progress_on(terminal(TERM="dumb")), Lines)
