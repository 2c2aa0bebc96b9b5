"""`assurance` in a process of its own, forked from one that has imported everything already.

Half the time of a short command is the start of its interpreter, and many tests run several.
Here a server imports the packages once; for each command it forks, and the child gets folder,
environment, streams and exit code of its own, as a new interpreter would. What a fork cannot
prove, that the modules import each other in any order and that the entry point works, is for the
tests in `cli` and `docs`, which start a new interpreter for each command.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping

AHEAD = (
    "assurance.cli.failure",
    "assurance.cli.output",
    "assurance.cli.run",
    "assurance.cli.verify",
    "assurance.cli.waive",
    "assurance.cli.sign_off",
    "assurance.cli.inspect",
    "assurance.cli.report",
    "assurance.schema_validator",
    "assurance_log.opening",
    "assurance_log.log_command",
    "assurance_log.plugin",
    "assurance_policy.checked_policies",
    "assurance_policy.plugin",
    "assurance_policy.policy_command",
    "assurance_report.plugin",
    "assurance_sbom.plugin",
    "assurance_signing.key_command",
    "assurance_signing.plugin",
    "assurance_tests.plugin",
    "assurance_vulnerabilities.plugin",
    "cryptography.hazmat.primitives.serialization",
    "yaml",
)
"""What commands import when they need it."""


class Commands:
    """Runs `assurance`; the server starts with the first command and ends with `close`."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._server: subprocess.Popen[str] | None = None

    def run(
        self,
        words: tuple[str, ...],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        timeout: float = 110,
    ) -> subprocess.CompletedProcess[str]:
        """Run `assurance words…` in `cwd`, with nothing on stdin.

        Args:
            words: The command line after `assurance`.
            cwd: Its current folder.
            env: Its whole environment; None: that of this process. Where it tells Python something
                else, a new interpreter is started.
            timeout: Seconds; then it is killed, and the server with it.
        """
        environ = dict(os.environ if env is None else env)
        if any(
            name.startswith("PYTHON") and os.environ.get(name) != environ[name] for name in environ
        ):
            return _start(words, cwd, environ, timeout)
        with TemporaryDirectory(prefix="forked-") as folder:
            request = {"words": words, "cwd": str(cwd), "env": environ, "folder": folder}
            status = self._ask(request, timeout)
            said = [(Path(folder) / name).read_text("utf-8") for name in ("out", "err")]
        return subprocess.CompletedProcess(("assurance", *words), status, *said)

    def _ask(self, request: dict[str, Any], timeout: float) -> int:
        if self._server is None:
            self._server = subprocess.Popen(
                [sys.executable, "-P", __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        alarm = threading.Timer(timeout, self._kill)
        alarm.start()
        try:
            answer = self._server.stdout.readline()
        finally:
            alarm.cancel()
            alarm.join()
        if not answer:
            self.close()
            raise subprocess.TimeoutExpired(request["words"], timeout)
        return int(answer)

    def _kill(self) -> None:
        """End the server and all that it has forked."""
        if self._server is not None:
            os.killpg(self._server.pid, 9)

    def close(self) -> None:
        """End the server; harmless when called twice."""
        if self._server is not None:
            self._server.communicate()
            self._server = None


def _start(
    words: tuple[str, ...], cwd: Path, environ: dict[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "assurance", *words],
        cwd=cwd,
        env=environ,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )


def serve() -> None:
    """Answer each request on stdin with the exit status of what it asks for."""
    for name in AHEAD:
        importlib.import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if not pid:
            be(request)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def be(request: dict[str, Any]) -> NoReturn:
    """Become the command, in a forked child, and end as a Python process ends."""
    folder = Path(request["folder"])
    streams = [
        os.open(os.devnull, os.O_RDONLY),
        os.open(folder / "out", os.O_WRONLY | os.O_CREAT),
        os.open(folder / "err", os.O_WRONLY | os.O_CREAT),
    ]
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv = ["assurance", *request["words"]]
    code = 1
    try:
        from assurance.cli.main import script

        script()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - as the interpreter does it
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()  # what measures coverage saves it here
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    serve()
