"""A small server of ours that speaks OSV's API over real OSV records, for tests on loopback.

It is no OSV: it has the two calls that are used here, and it can be told to go wrong in one place.
What OSV itself answers was read in its documentation (https://google.github.io/osv.dev/api/).
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Fault = Callable[["_Handler", str], bool]


class OsvServer:
    """Records, and what is to go wrong with them."""

    def __init__(self, folder: Path) -> None:
        """Serve the records of `folder`."""
        self.records: dict[str, Any] = {
            path.stem: json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))
        }
        self.page_size = 1000
        self.url = ""
        self.asked: list[str] = []
        """Method and path of each request."""
        self.batches: list[Any] = []
        self.fault: Fault | None = None
        """Answers a request itself and returns True, or returns False."""
        self.change: Callable[[dict[str, Any]], Any] = lambda answer: answer
        """Makes the answer to a batch another one."""

    def batch(self, queries: list[Any]) -> dict[str, Any]:
        """Return the answer to a batch of queries."""
        return {"results": [self._result(query) for query in queries]}

    def _result(self, query: Any) -> dict[str, Any]:
        assert "PyPI" == query["package"]["ecosystem"]
        found = [
            {"id": identity, "modified": record["modified"]}
            for identity, record in self.records.items()
            if "withdrawn" not in record and query["package"]["name"] in _names(record)
        ]
        start = int(query.get("page_token", "0"))
        result: dict[str, Any] = {}
        if page := found[start : start + self.page_size]:
            result["vulns"] = page
        if start + self.page_size < len(found):
            result["next_page_token"] = str(start + self.page_size)
        return result


def _names(record: Any) -> set[str]:
    return {canonicalize_name(item["package"]["name"]) for item in record["affected"]}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    osv: OsvServer

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer with a record."""
        identity = self.path.removeprefix("/v1/vulns/")
        record = self.osv.records.get(identity)
        if self._goes_wrong():
            return
        if record is None:
            self.answer(404, b'{"code": 5, "message": "Bug not found."}')
        else:
            self.answer(200, json.dumps(record).encode())

    def do_POST(self) -> None:
        """Answer a batch."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._goes_wrong():
            return
        assert "/v1/querybatch" == self.path
        self.osv.batches.append(asked)
        answer = self.osv.change(self.osv.batch(asked["queries"]))
        self.answer(200, answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _goes_wrong(self) -> bool:
        self.osv.asked.append(f"{self.command} {self.path}")
        return self.osv.fault is not None and self.osv.fault(self, self.path)


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing of clients that hang up: they are meant to."""


@contextmanager
def serve(folder: Path) -> Iterator[OsvServer]:
    """Serve the records of `folder` on a free port of loopback."""
    osv = OsvServer(folder)
    handler = type("Handler", (_Handler,), {"osv": osv})
    server = _Quiet(("127.0.0.1", 0), handler)
    osv.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield osv
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
