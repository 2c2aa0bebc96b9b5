"""Chromium through its WebDriver server, with as much of the protocol as the tests need.

W3C WebDriver over HTTP on the loopback address; `goog/cdp/execute` is chromedriver's own.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import urllib.request
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--hide-scrollbars",
)


class Browser:
    """One browser with an empty profile; use it as a context."""

    def __init__(self, chromedriver: Path, chromium: Path) -> None:
        """Start both."""
        self._profile = tempfile.TemporaryDirectory(prefix="chromium-")
        self._server = subprocess.Popen(
            [chromedriver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._session = ""
        try:
            self._base = f"http://127.0.0.1:{self._port()}/session"
            options = {
                "binary": str(chromium),
                "args": [*ARGUMENTS, f"--user-data-dir={self._profile.name}"],
            }
            wanted = {"browserName": "chrome", "goog:chromeOptions": options}
            made = self._call("", {"capabilities": {"alwaysMatch": wanted}})
            self._session = f"/{made['sessionId']}"
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Return the browser itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End both."""
        self.close()

    def _port(self) -> int:
        assert self._server.stdout is not None
        for line in self._server.stdout:
            if found := re.search(r"successfully on port (\d+)", line):
                return int(found[1])
        message = "chromedriver did not start"
        raise RuntimeError(message)

    def _call(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address is our own server's
            f"{self._base}{self._session}{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
            return json.loads(answer.read())["value"]

    def open(
        self, page: Path | str, *, width: int = 1280, dark: bool = False, paper: bool = False
    ) -> None:
        """Show a file or an address at a width of the window, for a dark screen or for paper."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.devtools("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools(
            "Emulation.setEmulatedMedia",
            {"media": "print" if paper else "screen", "features": [scheme]},
        )
        self._call("/url", {"url": page if isinstance(page, str) else page.as_uri()})

    def devtools(self, command: str, parameters: dict[str, Any]) -> Any:
        """Send a command of the DevTools protocol."""
        return self._call("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def script(self, text: str, *arguments: Any) -> Any:
        """Run a script in the page, whatever the page's policy says, and return its answer."""
        return self._call("/execute/sync", {"script": text, "args": list(arguments)})

    def script_with_callback(self, text: str) -> Any:
        """Run a script that calls its last argument with the answer."""
        return self._call("/execute/async", {"script": text, "args": []})

    def close(self) -> None:
        """End browser and server, and remove the profile."""
        try:
            if self._session:
                request = urllib.request.Request(  # noqa: S310 - the same
                    f"{self._base}{self._session}", method="DELETE"
                )
                with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - the same
                    pass
        finally:
            self._server.terminate()
            self._server.wait(timeout=30)
            if self._server.stdout is not None:
                self._server.stdout.close()
            self._profile.cleanup()
