"""Who may append where nobody can show who they are: only this machine, and nobody by proxy.

A loopback address alone says little. A reverse proxy on this machine has one, whoever is behind
it, and so has a browser on this machine, whatever page it shows: what either adds to a request is
refused (`Forwarded`, `X-Forwarded-For`, `Via`; `Origin`, and a `Host` that is not a loopback name).
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from assurance.errors import RefusedError

if TYPE_CHECKING:
    from assurance.interfaces import AppendRequest

_BY_PROXY: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_REMEDY: Final = (
    "append on the machine of the log server, through its loopback address; or serve with an "
    "authenticator: --authenticator"
)


def is_loopback(host: str) -> bool:
    """Say whether an address, or a name as it stands in a URL, is of this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


class LoopbackOnly:
    """The authenticator that asks for no credentials."""

    name = "loopback"
    challenge: str | None = None

    def authenticate(self, request: AppendRequest) -> str:
        """Return `loopback` for a client on this machine.

        Raises:
            RefusedError: another machine, a proxy, a browser, or a server that others can reach.
        """
        if not is_loopback(request.bound):
            raise _refused(f"it listens on {request.bound}, which other machines may reach")
        if not is_loopback(request.peer):
            raise _refused(f"the client is at {request.peer}")
        for name in _BY_PROXY:
            if request.header(name):
                raise _refused(f"the request came through a proxy: it has the header {name}")
        if request.header("origin"):
            raise _refused("the request comes from a web page: it has the header origin")
        for host in request.header("host"):
            if not is_loopback(_name(host)):
                raise _refused("the request's `Host` is not a loopback name")
        return self.name


def _name(host: str) -> str:
    """Return the name or address in a `Host` header."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _refused(reason: str) -> RefusedError:
    return RefusedError(
        f"this log server takes appends on the loopback interface only: {reason}", remedy=_REMEDY
    )
