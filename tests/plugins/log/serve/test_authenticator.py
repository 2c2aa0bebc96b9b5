"""Who may append, where a plugin says so: a stand-in for the authenticators that are to come."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DOOR = """
from assurance.errors import CredentialsError, RefusedError, UndecidedError
from assurance.hooks import hookimpl


class Door:
    name = "door"
    challenge = 'Bearer realm="log"'

    def authenticate(self, request):
        known = request.header("authorization")
        if known == ("Bearer good-secret",):
            return "ci"
        if known == ("Bearer other-secret",):
            raise RefusedError("`guest` may not append here", remedy="ask the log's operator")
        if known == ("Bearer away-secret",):
            raise UndecidedError("the directory does not answer", remedy="see to it")
        raise CredentialsError("no token that we know", remedy="send one")


@hookimpl
def assurance_append_authenticators():
    return [Door()]
"""


@pytest.fixture
def guarded(serve: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a server with that authenticator."""
    place = tmp_path / "plugins"
    (place / "door-1.0.dist-info").mkdir(parents=True)
    (place / "door.py").write_text(DOOR)
    about = "Metadata-Version: 2.1\nName: door\nVersion: 1.0\n"
    (place / "door-1.0.dist-info/METADATA").write_text(about)
    (place / "door-1.0.dist-info/entry_points.txt").write_text("[assurance]\ndoor = door\n")
    monkeypatch.setenv("PYTHONPATH", str(place), prepend=os.pathsep)
    return serve("--plugin", "door@door", "--authenticator", "door")


def test_who_is_let_in(guarded: Any) -> None:
    """Unknown is 401 with the challenge, not allowed 403, not found out 503; reads are free."""
    assert "door" == guarded.events("listening")[0]["appends"]
    for given in ({}, {"Authorization": "Bearer wrong-secret"}, {"Authorization": "Basic eDp5"}):
        for path in ("/v1/entries", "/v1/bundles", "/v1/batches"):
            found = guarded.ask(path, method="POST", body=b"x", headers=given)
            assert found.refused(401, "credentials", "no token that we know")
            assert 'Bearer realm="log"' == found.headers["www-authenticate"]
    found = guarded.append(b"x", Authorization="Bearer other-secret")
    assert found.refused(403, "may-not-append", "`guest` may not append here")
    found = guarded.append(b"x", Authorization="Bearer away-secret")
    assert found.refused(503, "log-unavailable", "the directory does not answer")
    assert int(found.headers["retry-after"]) > 0
    # A proxy before it is no reason to refuse: who it is, the token says.
    done = guarded.append(b"x", Authorization="Bearer good-secret", Forwarded="for=203.0.113.9")
    assert (200, 0) == (done.status, done.json["index"])
    assert 200 == guarded.ask("/v1/entries/0").status
    assert 0 == guarded.stop()
    appends = [event for event in guarded.events("request") if event["status"] == 200]
    assert "ci" in [event["by"] for event in appends]
    assert "secret" not in json.dumps(guarded.lines)
