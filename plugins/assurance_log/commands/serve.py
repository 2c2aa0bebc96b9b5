"""`assurance log serve`: the log over HTTP."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assurance.cli.command import Outcome
from assurance.errors import ExitCode, UsageError
from assurance_log.commands import options

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal
    from assurance.interfaces import AppendAuthenticator

SUMMARY = "answer over HTTP: tiles, proofs, search, replay, appends"

_EPILOG = """\
examples:
  assurance log serve
  assurance log serve --host 0.0.0.0 --read-only
  assurance log serve --port 0 --cursor-secret /run/secrets/cursors
exit codes: 0 ended by a signal, 2 usage, 3 the log failed
"""
_DEFAULT_HOST: Final = "127.0.0.1"
_DEFAULT_PORT: Final = 8787
_SECRET_BYTES: Final = (32, 4096)
_PORTS: Final = 65_536
_MOST: Final = 1_000_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Serve the log: the C2SP tlog-tiles read paths, the /v1 API that /openapi.json describes, "
        "and appends. Until a plugin brings an authenticator, appends are answered on the loopback "
        "interface only. The server's own log goes to standard error, one JSON object a line. "
        "SIGTERM ends it: what was begun is answered, and nothing acknowledged is lost."
    )
    parser.epilog = _EPILOG
    parser.add_argument(
        "--host",
        metavar="ADDRESS",
        default=_DEFAULT_HOST,
        help=f"address to listen on (default: {_DEFAULT_HOST})",
    )
    parser.add_argument(
        "--port",
        metavar="N",
        type=int,
        default=_DEFAULT_PORT,
        help=f"port; 0: any that is free (default: {_DEFAULT_PORT})",
    )
    parser.add_argument(
        "--read-only", action="store_true", help="append nothing; needs no key of the log"
    )
    parser.add_argument(
        "--authenticator",
        metavar="NAME",
        default="loopback",
        help="who says who may append (default: loopback)",
    )
    parser.add_argument(
        "--plugin",
        metavar="NAME[@DISTRIBUTION]",
        action="append",
        default=[],
        help="a plugin that brings the authenticator; may be repeated",
    )
    parser.add_argument(
        "--name",
        metavar="NAME",
        help="what the other servers of a log in PostgreSQL call this one while it appends, such "
        "as `node-1 https://node-1.example` (default: host and port)",
    )
    parser.add_argument(
        "--cursor-secret",
        metavar="FILE",
        help="32 random bytes or more, mode 0600, that servers of one log share; without it, "
        "cursors end with the process",
    )
    parser.add_argument(
        "--connections", metavar="N", type=int, help="open at a time (default: 1,000)"
    )
    parser.add_argument(
        "--rate",
        metavar="N",
        type=float,
        help="requests a second of one client; 0: any (default: 100)",
    )
    parser.add_argument(
        "--request-seconds",
        metavar="N",
        type=float,
        help="for sending one whole request (default: 20)",
    )
    parser.add_argument(
        "--answer-seconds",
        metavar="N",
        type=float,
        help="for making an answer, and for taking each part of it (default: 30)",
    )
    options.configure(parser, writes=True)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Serve until a signal comes."""
    del terminal
    _demand_extra()
    from assurance.value import replace
    from assurance_log.serve.cursors import SECRET_BYTES, Cursors
    from assurance_log.serve.events import Events
    from assurance_log.serve.sequencer import Sequencer
    from assurance_log.serve.server import serve
    from assurance_log.serve.service import READERS, Limits

    if not 0 <= arguments.port < _PORTS:
        raise UsageError(f"{arguments.port} is no port", remedy="give 0 to 65535", where="--port")
    limits = replace(Limits(), **_limits(arguments))
    place = options.place(arguments)
    authenticator = _authenticator(arguments)
    secret = (
        secrets.token_bytes(SECRET_BYTES)
        if arguments.cursor_secret is None
        else _secret(Path(arguments.cursor_secret))
    )
    serve(
        place.reader(connections=READERS),
        None if arguments.read_only else Sequencer(place.writer, _name(arguments)),
        host=arguments.host,
        port=arguments.port,
        authenticator=authenticator,
        cursors=Cursors(secret),
        events=Events(),
        limits=limits,
    )
    return Outcome(exit=ExitCode.YES, text="Ended.\n", document={"log": {"url": place.url}})


def _demand_extra() -> None:
    try:
        import starlette
        import uvicorn
    except ImportError as err:
        raise UsageError(
            f"serving needs {err.name}, which is not installed",
            remedy="pip install 'release-assurance[serve]'",
        ) from err
    del starlette, uvicorn


def _authenticator(arguments: argparse.Namespace) -> AppendAuthenticator:
    from assurance.role_signer import append_authenticators

    found = append_authenticators(arguments.plugin)
    if arguments.authenticator not in found:
        raise UsageError(
            f"no loaded plugin offers the authenticator {arguments.authenticator!r} (offered: "
            f"{', '.join(found)})",
            remedy="name the plugin that offers it: --plugin",
            where="--authenticator",
        )
    return found[arguments.authenticator]


def _name(arguments: argparse.Namespace) -> str:
    import socket

    return str(arguments.name or f"{socket.gethostname()[:100]} port {arguments.port}")


def _limits(arguments: argparse.Namespace) -> dict[str, int | float]:
    """Return the limits that are given."""
    least = {"connections": 1, "rate": 0, "request_seconds": 0.1, "answer_seconds": 0.1}
    found = {}
    for name, smallest in least.items():
        value = getattr(arguments, name)
        if value is None:
            continue
        if not smallest <= value <= _MOST:
            flag = "--" + name.replace("_", "-")
            raise UsageError(
                f"{value:g} is not {smallest:g} to {_MOST:,}", remedy="give another", where=flag
            )
        found[name] = value
    return found


def _secret(path: Path) -> bytes:
    least, most = _SECRET_BYTES
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(most + 1)
    except OSError as err:
        raise UsageError(
            f"the secret cannot be read: {err.strerror}", remedy="correct the path", where=str(path)
        ) from err
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(
            "others may read or write the secret", remedy=f"chmod 600 {path}", where=str(path)
        )
    if not least <= len(data) <= most:
        raise UsageError(
            f"the secret has {len(data)} bytes, not {least} to {most:,}",
            remedy=f"head -c 32 /dev/urandom > {path}",
            where=str(path),
        )
    return data
