"""The connection to an OPA server: opa-python-client, kept to the one host that was named.

No proxies and no `.netrc` of the environment, no redirects elsewhere, no retries, and
`rego_compat=False`: the client would else rewrite policies that a server refuses.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import quote, urljoin, urlsplit

from assurance import bounded_file
from assurance.errors import PolicyEngineError, UsageError
from assurance_policy.opa_binary import LEAST_VERSION
from assurance_policy.opa_engine import explain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PREFIX: Final = "release-assurance"
"""Ids of the policies that we upload begin with this and `/`."""

_SECONDS: Final = 10.0
_VERSION: Final = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})\.[0-9A-Za-z.+-]{1,60}\Z")
_WHERE: Final = "policy.options.url"
_MAX_TOKEN: Final = 16 * 1024
_MAX_MESSAGE: Final = 300


class ServerError(Exception):
    """The server answered that it would not: a policy that it does not take, a builtin's error."""


class Server:
    """One OPA server. A failing connection is a `PolicyEngineError` that names it."""

    def __init__(self, client: Any, url: str) -> None:
        """Take a client of opa-python-client, and its address for messages."""
        self._client = client
        self._url = url
        self.version = ""

    def close(self) -> None:
        """Close the connection."""
        self._client.close_connection()

    @contextlib.contextmanager
    def _answering(self, seconds: float = _SECONDS, *, may_time_out: bool = False) -> Iterator[Any]:
        """Give the client's session, and translate what the client raises.

        Raises:
            ServerError: the server refused.
            TimeoutError: it did not answer in time, and `may_time_out`.
            PolicyEngineError: it is not there, or its answer is none.
        """
        import requests
        from opa_client import errors as client_errors

        ours = tuple(
            getattr(client_errors, name)
            for name in client_errors.__dict__
            if isinstance(getattr(client_errors, name), type)
        )
        self._client.timeout = seconds
        try:
            yield self._client._session  # noqa: SLF001 - see `put_data`
        except requests.exceptions.HTTPError as err:
            raise ServerError(_reason(err)) from err
        except requests.exceptions.Timeout as err:
            if may_time_out:
                raise TimeoutError from err
            self._fail(f"no answer within {seconds:g} s", err)
        except requests.exceptions.JSONDecodeError as err:
            self._fail("its answer is no JSON", err)
        except requests.exceptions.RequestException as err:
            self._fail(type(err).__name__, err)
        except ours as err:
            raise ServerError(" ".join(map(str, err.args))[:_MAX_MESSAGE]) from err

    def _fail(self, reason: str, err: Exception | None = None) -> NoReturn:
        raise PolicyEngineError(
            f"the OPA server at {self._url} did not answer: {reason}",
            remedy="see that it runs and takes connections, then run again",
            where=_WHERE,
        ) from err

    def ask_version(self) -> str:
        """Return the server's version, empty when it does not tell one."""
        with self._answering():
            found = self._client.ad_hoc_query("version := opa.runtime().version")
            try:
                self.version = str(found["result"][0]["version"])
            except (KeyError, IndexError, TypeError):
                self.version = ""
        return self.version

    def refuse_others(self, ours: set[str], *roots: str) -> None:
        """Refuse a server with other policies, or data, in the packages below `roots`.

        Raises:
            PolicyEngineError: it has some.
        """
        with self._answering():
            listed = self._client.get_policies_info()
        for name, info in listed.items():
            package = str(info.get("path", "")).partition("/data/")[2].split("/")[0]
            if package in roots and name not in ours:
                raise PolicyEngineError(
                    f"the OPA server at {self._url} has the policy `{name}` in the package "
                    f"`{package}`, where ours go",
                    remedy=f"remove it (DELETE /v1/policies/{name}), or name a server without it; "
                    "one run at a time can use a server",
                    where=_WHERE,
                )
        for root in roots:
            if not ours and self.data(root) is not None:
                raise PolicyEngineError(
                    f"the OPA server at {self._url} has data at `{root}`, where our policies go",
                    remedy=f"remove it (DELETE /v1/data/{root}), or name a server without it",
                    where=_WHERE,
                )

    def put_policy(self, name: str, text: str) -> None:
        """Upload one module as it is.

        Raises:
            ServerError: the server does not take it.
        """
        try:
            with self._answering():
                self._client.update_policy_from_string(text, name, rego_compat=False)
        except ServerError:
            # The client keeps the server's reasons to itself.
            with self._answering() as session:
                address = f"{self._client.root_url}/policies/{name}"
                session.put(address, data=text.encode(), timeout=_SECONDS).raise_for_status()

    def policy(self, name: str) -> str | None:
        """Return the text of a module, None when there is none."""
        with self._answering():
            try:
                found = self._client.get_policy(name)
            except Exception as err:
                if type(err).__name__ == "PolicyNotFoundError":
                    return None
                raise
        text = found.get("result", {}).get("raw")
        return text if isinstance(text, str) else None

    def remove_policy(self, name: str) -> None:
        """Remove a module."""
        with self._answering():
            self._client.delete_policy(name)

    def data(self, key: str) -> Any:
        """Return the document at `key`, None when there is none."""
        with self._answering():
            try:
                return self._client.get_data(quote(key, safe=""))["result"]
            except Exception as err:
                if type(err).__name__ == "PolicyNotFoundError":
                    return None
                raise

    def put_data(self, key: str, value: Any) -> None:
        """Write a document; past the client, which takes objects only."""
        with self._answering() as session:
            address = f"{self._client.root_url}/data/{quote(key, safe='')}"
            session.put(address, json=value, timeout=_SECONDS).raise_for_status()

    def remove_data(self, key: str) -> None:
        """Remove a document."""
        with self._answering():
            self._client.delete_data(quote(key, safe=""))

    def query(self, path: str, policy_input: Any, seconds: float) -> Any:
        """Return the value at `path`, None when it is undefined.

        Raises:
            ServerError: an error of the evaluation, which the server answers with HTTP 500.
            TimeoutError: no answer within `seconds`.
        """
        with self._answering(seconds, may_time_out=True):
            found = self._client.query_rule(
                policy_input, path, query_params={"strict-builtin-errors": "true"}
            )
        if not isinstance(found, dict):
            self._fail("its answer is no object")
        return found.get("result")


def _reason(err: Any) -> str:
    """Return why the server refused: OPA's first error, else its message, else the status."""
    try:
        body = err.response.json()
        return explain(body["errors"]) if body.get("errors") else str(body["message"])
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return f"HTTP status {getattr(err.response, 'status_code', 'unknown')}"


def connect(options: Mapping[str, Any], *, root: Path) -> Server:
    """Return the server that `[policy.options]` names, after asking it for its version.

    Raises:
        UsageError: the client is not installed, a file is not there, the server does not
            answer or is older than 1.0.
    """
    try:
        from opa_client import OpaClient
    except ImportError as err:
        raise UsageError(
            "the policy engine `opa-server` needs opa-python-client, which is not installed",
            remedy="install it: pip install 'release-assurance[opa]'",
            where="policy.engine",
        ) from err
    url = str(options["url"])
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host:
        raise UsageError(
            f"`{url}` names no host and port", remedy="such as http://127.0.0.1:8181", where=_WHERE
        )
    secure = parts.scheme == "https"
    token = _token(options, root)
    client = OpaClient(
        host=f"[{host}]" if ":" in host else host,
        port=port or (443 if secure else 8181),
        ssl=secure,
        token=token,
        retries=0,
        timeout=_SECONDS,
    )
    session: Any = client._session  # noqa: SLF001 - the client has no settings for these
    session.trust_env = False
    session.max_redirects = 1  # OPA's own, from `/v1/policies/` to `/v1/policies`
    session.hooks["response"].append(_stay)
    if "ca_file" in options:
        session.verify = str(root / options["ca_file"])
    server = Server(client, f"{parts.scheme}://{parts.netloc}")
    try:
        version = server.ask_version()
    except (PolicyEngineError, ServerError, OSError) as err:
        server.close()
        raise UsageError(
            getattr(err, "problem", f"the OPA server at {url} refuses: {err}"),
            remedy="see that it runs, and that `url`, `token_file` and `ca_file` are right",
            where=_WHERE,
        ) from err
    found = _VERSION.match(version)
    if found is None or (int(found[1]), int(found[2])) < LEAST_VERSION:
        server.close()
        raise UsageError(
            f"the OPA server at {url} is of version {version or 'unknown'}; 1.0 or later is needed",
            remedy="run a newer OPA there",
            where=_WHERE,
        )
    return server


def _stay(response: Any, **_: Any) -> None:
    """Refuse a redirect to another host."""
    import requests

    if response.is_redirect:
        target = urljoin(response.url, response.headers["location"])
        if urlsplit(target)[:2] != urlsplit(response.url)[:2]:
            raise requests.exceptions.InvalidURL(target)


def _token(options: Mapping[str, Any], root: Path) -> str | None:
    if "token_file" not in options:
        return None
    path = root / str(options["token_file"])
    try:
        with bounded_file.open_file(path) as file:
            data = file.read(_MAX_TOKEN + 1)
        if len(data) > _MAX_TOKEN:
            raise ValueError("longer than any token")
        return data.decode("ascii").strip()
    except (OSError, ValueError) as err:
        raise UsageError(
            "the file with the token for the OPA server cannot be read",
            remedy="name a file with one line",
            where="policy.options.token_file",
        ) from err
