"""PostgreSQL servers for tests: each a data folder of its own, reached by a socket or loopback.

`initdb` refuses to be root, so that the servers run as the user `postgres` of Debian's package
where the tests are root. They are started and stopped by `pg_ctl` alone, and sync their disks as
a server in production does.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pg8000.dbapi

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "40",
    "shared_buffers": "16MB",
    "max_wal_size": "128MB",
    "min_wal_size": "32MB",
    "log_line_prefix": "%m [%p] %u ",
    "lc_messages": "C",
    "autovacuum": "on",
    "wal_level": "replica",
    "max_wal_senders": "5",
    "wal_receiver_status_interval": "1",
    "shutdown_timeout": None,
}
OWNER, APP = "log_owner", "log_app"


def as_server(words: Sequence[str | Path]) -> list[str]:
    """Return a command that runs as the servers' user."""
    command = [str(word) for word in words]
    if os.geteuid() != 0:
        return command
    return [
        *("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"),
        *("env", "-i", "LC_ALL=C", "PATH=/usr/bin:/bin", *command),
    ]


class Cluster:
    """One server."""

    def __init__(self, bin_folder: Path, folder: Path, port: int = 5432) -> None:
        """Name it; nothing is started.

        Args:
            bin_folder: Where `initdb` and `pg_ctl` are.
            folder: Its own: `data` and the socket go there. The path is short, as sockets' are.
            port: Part of the socket's name.
        """
        self.bin = bin_folder
        self.folder = folder
        self.data = folder / "data"
        self.port = port
        self.template: tuple[str, bytes] | None = None
        """Database with an empty log to make copies of, and its anchor; None: there is none yet."""

    @classmethod
    def make(
        cls, bin_folder: Path, *, port: int = 5432, in_memory: bool = False, **settings: str
    ) -> Cluster:
        """Make a server in a temporary folder, and start it; with the two roles of a log.

        Args:
            bin_folder: Where `initdb` and `pg_ctl` are.
            port: Part of the socket's name.
            in_memory: On a disk in memory where there is one: quicker, for what needs no disk.
            settings: For `postgresql.conf`.
        """
        made = cls(bin_folder, server_folder(in_memory=in_memory), port)
        made.initialise(**settings)
        return made

    def initialise(self, **settings: str) -> None:
        """Fill its folder, start it, and make the two roles of a log."""
        self.command("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8")
        self.configure(**settings)
        self.start()
        self.sql(f"CREATE ROLE {OWNER} LOGIN", f"CREATE ROLE {APP} LOGIN")

    def configure(self, **settings: str) -> None:
        """Write settings behind those that are there."""
        both: Mapping[str, str | None] = {**SETTINGS, **settings}
        lines = [f"{name} = '{value}'\n" for name, value in both.items() if value is not None]
        lines.append(f"unix_socket_directories = '{self.folder}'\n")
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(lines)

    def command(self, *words: str | Path, wanted: int = 0) -> str:
        """Run one of PostgreSQL's commands as the servers' user; return what it says."""
        done = subprocess.run(
            as_server([self.bin / words[0], *words[1:]]),
            check=False,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert wanted == done.returncode, f"{words[0]}: {done.stdout}{done.stderr}{self.told()}"
        return done.stdout

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.command(
            *("pg_ctl", "start", "--wait", "--silent", "-D", self.data),
            *("-l", self.folder / "server.log", "-o", f"-p {self.port}"),
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `immediate` is a crash that is asked for."""
        self.command("pg_ctl", "stop", "--wait", "--silent", "-D", self.data, "-m", mode)

    def kill(self) -> None:
        """Kill the server and every process of it at once, as a power loss of it alone would."""
        main = self.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        os.kill(main, signal.SIGSTOP)  # it does not see its children end
        for pid in (*map(int, children), main):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while any(_runs(pid) for pid in (main, *map(int, children))):
            assert time.monotonic() < deadline, "the server does not end"
            time.sleep(0.01)
        for left in (self.data / "postmaster.pid", self.folder / f".s.PGSQL.{self.port}.lock"):
            left.unlink(missing_ok=True)

    @property
    def pid(self) -> int:
        """The server's first process."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def answers(self) -> bool:
        """Say whether it lets somebody in."""
        try:
            self.sql("SELECT 1")
        except (pg8000.dbapi.Error, OSError):
            return False
        return True

    @property
    def is_running(self) -> bool:
        """Say whether it runs, or was killed and left its file behind."""
        return (self.data / "postmaster.pid").is_file()

    def lives(self) -> bool:
        """Say whether its first process is there."""
        return self.is_running and _runs(self.pid)

    def connect(self, role: str = "postgres", database: str = "postgres") -> Any:
        """Return a connection in which each statement is a transaction."""
        made = pg8000.dbapi.connect(
            role, database=database, unix_sock=f"{self.folder}/.s.PGSQL.{self.port}", timeout=30
        )
        made.autocommit = True
        return made

    def sql(self, *statements: str, database: str = "postgres", role: str = "postgres") -> Any:
        """Run statements; return the last one's rows."""
        with contextlib.closing(self.connect(role, database)) as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else ()

    def database(self, name: str) -> None:
        """Make a database that the logs' owner owns."""
        self.sql(f"CREATE DATABASE {name} OWNER {OWNER}")

    def url(self, database: str, role: str = APP) -> str:
        """Return the URL of a log, over the socket."""
        return f"postgresql://{role}@/{database}?host={self.folder}&port={self.port}"

    def give_file(self, path: Path) -> None:
        """Let the servers' user read a file, and nobody else."""
        path.chmod(0o600)
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(path, user.pw_uid, user.pw_gid)

    def told(self) -> str:
        """Return the end of the server's own log."""
        path = self.folder / "server.log"
        return path.read_text("utf-8", "replace")[-2000:] if path.exists() else ""

    def standby(self, *, port: int, **settings: str) -> Cluster:
        """Make a streaming standby of this server, and start it."""
        made = Cluster(self.bin, server_folder(), port)
        link = f"host={self.folder} port={self.port} user=postgres application_name=standby"
        made.command(
            *("pg_basebackup", "-D", made.data, "--checkpoint=fast", "--write-recovery-conf"),
            *("-d", link),
        )
        made.configure(**settings)
        made.start()
        return made

    def promote(self) -> None:
        """Make a primary of a standby."""
        self.command("pg_ctl", "promote", "--wait", "--silent", "-D", self.data)

    def remove(self) -> None:
        """Stop it, and take its folder away."""
        if self.is_running:
            with contextlib.suppress(AssertionError):
                self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


def server_folder(*, in_memory: bool = False) -> Path:
    """Return a new folder that the servers' user can use, with a short path."""
    memory = Path("/dev/shm")
    roomy = in_memory and memory.is_dir() and shutil.disk_usage(memory).free > 1 << 30
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=memory if roomy else None))
    give_to_server(folder)
    return folder


def give_to_server(folder: Path) -> None:
    """Let the servers' user write to a folder."""
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o755)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
