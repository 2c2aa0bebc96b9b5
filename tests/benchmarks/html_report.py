"""Measure the HTML report of 1,000 components and 60 checks: under 0.5 s and 1 MB.

`python tests/benchmarks/html_report.py` prints the medians and ends with 1 above a limit. What is
timed is making the page out of the report document, as `assurance report -o html` does; the first
page of a process, which compiles the templates, stands apart.
"""

from __future__ import annotations

import importlib.util
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from assurance_report.html_view import HtmlView

SECONDS = 0.5
BYTES = 1_000_000
COMPONENTS = 1_000
CHECKS = 60
ROUNDS = 7


def _documents() -> Any:
    """Load the maker of reports; test folders are no packages."""
    path = Path(__file__).resolve().parent.parent / "plugins" / "report" / "documents.py"
    spec = importlib.util.spec_from_file_location("report_documents", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> int:
    """Print what it took."""
    documents = _documents()
    checks = [*documents.blocking(), *documents.watching()]
    checks += documents.passing(CHECKS - len(checks))
    report = documents.report("NO-GO", checks, components=COMPONENTS)
    view, taken = HtmlView(), []
    page = ""
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        page = view.render(report)
        taken.append(time.perf_counter() - start)
    first, median, size = taken[0], statistics.median(taken[1:]), len(page.encode())
    rows = page.count("<tr>")
    print(f"{COMPONENTS:,} components, {len(checks)} checks: {rows:,} rows of tables")
    print(f"first page   {first:.3f} s (templates compiled), limit {SECONDS} s")
    print(f"median of {ROUNDS}  {median:.3f} s, limit {SECONDS} s")
    print(f"size         {size:,} bytes, limit {BYTES:,}")
    return 1 if max(first, median) > SECONDS or size > BYTES else 0


if __name__ == "__main__":
    sys.exit(main())
