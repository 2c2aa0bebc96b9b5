"""Counters for a Prometheus server, in its text format 0.0.4."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_METHODS: Final = frozenset({"GET", "HEAD", "POST"})
_BUCKETS: Final = (0.005, 0.025, 0.1, 0.5, 2.5, 10.0)
"""Seconds."""


class Metrics:
    """What was answered since the process began."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._seconds: Counter[str] = Counter()
        self._within: Counter[tuple[str, float]] = Counter()
        self._count: Counter[str] = Counter()

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; the labels are from a closed set."""
        self._requests[method if method in _METHODS else "other", route, status] += 1
        self._count[route] += 1
        self._seconds[route] += seconds  # type: ignore[assignment]
        for limit in _BUCKETS:
            if seconds <= limit:
                self._within[route, limit] += 1

    def text(self, gauges: dict[str, float]) -> str:
        """Return everything, with the values of this moment given in `gauges`."""
        return "\n".join(self._lines(gauges)) + "\n"

    def _lines(self, gauges: dict[str, float]) -> Iterator[str]:
        yield "# TYPE assurance_log_requests_total counter"
        for (method, route, status), count in sorted(self._requests.items()):
            labels = f'method="{method}",route="{route}",status="{status}"'
            yield f"assurance_log_requests_total{{{labels}}} {count}"
        yield "# TYPE assurance_log_request_seconds histogram"
        for route, count in sorted(self._count.items()):
            name = "assurance_log_request_seconds"
            for limit in _BUCKETS:
                within = self._within[route, limit]
                yield f'{name}_bucket{{route="{route}",le="{limit:g}"}} {within}'
            yield f'{name}_bucket{{route="{route}",le="+Inf"}} {count}'
            yield f'{name}_sum{{route="{route}"}} {self._seconds[route]:.6f}'
            yield f'{name}_count{{route="{route}"}} {count}'
        for name, value in gauges.items():
            yield f"# TYPE assurance_log_{name} gauge"
            yield f"assurance_log_{name} {value:g}"
