"""What a server must promise before anything is appended, and what is weaker than it could be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assurance.errors import LogError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

DEMANDED: Final = {
    "fsync": (("on",), "a crash of the machine can take back what was acknowledged"),
    "full_page_writes": (("on",), "a crash of the machine can tear a page for good"),
    "data_sync_retry": (("off",), "a failed sync can be taken for a good one"),
    "synchronous_commit": (
        ("on", "remote_apply"),
        "a crash can take back what was acknowledged",
    ),
}
"""Setting: the values that are safe, and what another one means."""
QUERY: Final = (
    "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', "
    "'data_sync_retry', 'synchronous_commit', 'synchronous_standby_names', 'data_checksums')"
)


def demand(settings: dict[str, str], where: str) -> None:
    """See that the server keeps what it commits.

    Raises:
        LogError: a setting says that it does not; each is named.
    """
    told = [
        f"{name} is {settings.get(name, 'not known')}, and then {meaning}"
        for name, (safe, meaning) in DEMANDED.items()
        if settings.get(name) not in safe
    ]
    if told:
        raise LogError(
            f"the database server is not set to keep what it commits: {'; '.join(told)}",
            remedy="set "
            + ", ".join(f"{name} = {safe[0]}" for name, (safe, _) in DEMANDED.items())
            + " in postgresql.conf",
            where=where,
        )


def weaknesses(settings: dict[str, str]) -> tuple[str, ...]:
    """Say what is allowed and weaker than it could be."""
    told = []
    if not settings.get("synchronous_standby_names"):
        told.append(
            "no synchronous standby: what is acknowledged is on one server only, and is lost with "
            "its disk (synchronous_standby_names is empty)"
        )
    if settings.get("data_checksums") != "on":
        told.append(
            "no page checksums: a flipped bit on the disk is noticed by `assurance log check` "
            "only (data_checksums is off)"
        )
    return tuple(told)


def settings(connection: Connection) -> dict[str, str]:
    """Return what this session's server is set to."""
    return {str(name): str(value) for name, value in connection.exec_driver_sql(QUERY)}
