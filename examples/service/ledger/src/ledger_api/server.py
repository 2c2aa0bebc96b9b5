"""The HTTP side: one writer at a time, on loopback unless the configuration says otherwise."""

from __future__ import annotations

import argparse
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from ledger_api.chain import Ledger

MAX_ENTRY = 65_536


def make_server(ledger: Ledger, host: str = "127.0.0.1", port: int = 0) -> ThreadingHTTPServer:
    """Return a server for `ledger`; port 0 takes a free one."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = self.headers.get("Content-Length", "")
            if self.path != "/entries":
                return self._answer(404, {"error": "no such place"})
            if not size.isdigit() or int(size) > MAX_ENTRY:
                return self._answer(413, {"error": f"an entry has at most {MAX_ENTRY} bytes"})
            try:
                entry = json.loads(self.rfile.read(int(size)))
            except ValueError:
                return self._answer(400, {"error": "an entry is one JSON object"})
            if not isinstance(entry, dict):
                return self._answer(400, {"error": "an entry is one JSON object"})
            with lock:
                number = ledger.append(entry)
            return self._answer(201, {"number": number})

        def do_GET(self) -> None:
            word = self.path.removeprefix("/entries/")
            if self.path == "/head":
                with lock:
                    return self._answer(200, {"size": len(ledger), "head": ledger.head})
            if word != self.path and word.isdigit() and int(word) < len(ledger):
                return self._answer(200, ledger[int(word)])
            return self._answer(404, {"error": "no such place"})

        def _answer(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the metrics do."""

    return ThreadingHTTPServer((host, port), Handler)


def main() -> None:
    """Serve the ledger that the configuration names."""
    parser = argparse.ArgumentParser(prog="ledger-api")
    parser.add_argument("--config", type=Path, default=Path("ledger.yaml"))
    settings = yaml.safe_load(parser.parse_args().config.read_text(encoding="utf-8"))
    server = make_server(Ledger(Path(settings["path"])), settings["host"], settings["port"])
    server.serve_forever()
