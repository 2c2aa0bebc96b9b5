"""Asking a service that speaks OSV's API for everything it has about some packages.

OSV API, https://google.github.io/osv.dev/api/: `POST /v1/querybatch` gives ids by package, page by
page, and `GET /v1/vulns/{id}` gives a record. Packages are asked for by name alone: which versions
a record affects is decided here, by the same code that reads an export. So the service only has to
be complete, and this module makes sure that it was:

1. a batch's answer has exactly one result for each query, each an object of the documented form,
2. a result that has a `next_page_token` is asked for its next page, a hundred times at most, and
   no token comes twice,
3. every id that is listed is fetched, and its record has that id and is about the package,
4. of a few well-known records, those that the service has and has not withdrawn are listed for
   their packages; it has at least one.

Anything else is no answer: INDETERMINATE, with what the service did. pip-audit's own class for
OSV is not used: it asks once for each package, follows no page, and reads no `withdrawn`.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from assurance import strict_json
from assurance.errors import AssuranceError, CollectError, UndecidedError
from assurance.value import Value
from assurance_vulnerabilities import http_client, osv
from assurance_vulnerabilities.advisory_files import AdvisoryFiles
from assurance_vulnerabilities.advisory_index import Service, index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from assurance_vulnerabilities.advisory_index import AdvisoryIndex
    from assurance_vulnerabilities.http_client import Base
    from assurance_vulnerabilities.osv import Advisory

BATCH: Final = 500
"""Queries in one request; OSV takes 1,000."""
MAX_PAGES: Final = 100
MAX_RECORDS: Final = 50_000
MAX_BATCH_BYTES: Final = 64 * 1024**2
MAX_RECORD_BYTES: Final = 16 * 1024**2
MAX_TOTAL_BYTES: Final = 512 * 1024**2
_WORKERS: Final = 8
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_MAX_TOKEN: Final = 4096
_REMEDY: Final = (
    "ask again later; if it stays, use a service that speaks OSV's API, or an export (option"
    " `advisories`)"
)


ARCHIVE: Final = "advisories.zip"
"""Under this name the collector keeps what the service said."""
FROZEN_AFTER: Final = timedelta(days=90)


class ServiceAnswer(Value):
    """Everything that a service has about the packages that it was asked for."""

    index: AdvisoryIndex
    """Of the records; its digest is that of `archive`."""
    archive: bytes
    """The records as a zip that the option `advisories` takes: the same again, offline."""


def ask(
    server: Base,
    names: Iterable[str],
    *,
    well_known: Mapping[str, str],
    now: datetime,
    client: Callable[[Base], http_client.Client] = http_client.Client,
) -> ServiceAnswer:
    """Return all records about the packages `names`, and about those of `well_known`.

    Args:
        server: The service, from `http_client.base`.
        names: Normalised names.
        well_known: Record to the package that it must be listed for, where the service has it.
        now: A record that is withdrawn later than this still counts.
        client: Makes a client, for each thread its own.

    Raises:
        CollectError: no answer, or one that breaks a rule of this module.
    """
    wanted = sorted({*names, *well_known.values()})
    pool = _Clients(server, client)
    try:
        listed, requests = _listed(pool, wanted)
        every = sorted({*(i for ids in listed.values() for i in ids), *well_known})
        if len(every) > MAX_RECORDS:
            raise _broken(server, f"lists {len(every):,} records; the limit is {MAX_RECORDS:,}")
        records = _fetched(pool, every, optional=well_known)
    except UndecidedError as err:
        if isinstance(err, CollectError):
            raise
        raise CollectError(
            f"the advisory service {err.problem}", remedy=_REMEDY, where=server.url
        ) from err
    finally:
        pool.close()
    _check(server, listed, records, well_known, now)
    archive = _archive(records)
    found = index(
        AdvisoryFiles(
            name=ARCHIVE,
            sha256=hashlib.sha256(archive).hexdigest(),
            files=tuple((f"{each}.json", data) for each, data in sorted(records.items())),
        )
    )
    service = Service(
        url=server.url, packages=len(wanted), requests=requests, newest=found.last_update
    )
    return ServiceAnswer(
        index=replace(found, service=service, last_update=last_update(found.last_update, now)),
        archive=archive,
    )


def last_update(newest: datetime, now: datetime) -> datetime:
    """Return from when the data of a service is taken to be.

    OSV's API does not say it. A service that answers now is taken to be current; but where the
    newest record that it has about all the packages, the much-reported ones of the canaries among
    them, is more than 90 days old, nothing goes into it any more, and the data is of that day.
    """
    return newest if now - newest > FROZEN_AFTER else now


class _Clients:
    """One client a thread, all to one server."""

    def __init__(self, server: Base, make: Callable[[Base], http_client.Client]) -> None:
        self.server = server
        self._make = make
        self._local = threading.local()
        self._every: list[http_client.Client] = []

    def get(self) -> http_client.Client:
        """Return the client of this thread."""
        found: http_client.Client | None = getattr(self._local, "client", None)
        if found is None:
            found = self._local.client = self._make(self.server)
            self._every.append(found)
        return found

    def close(self) -> None:
        """Close all of them."""
        for client in self._every:
            client.close()


def _listed(pool: _Clients, names: Sequence[str]) -> tuple[dict[str, set[str]], int]:
    """Return the ids that the service lists for each name, and how often it was asked."""
    listed: dict[str, set[str]] = {name: set() for name in names}
    seen: dict[str, set[str]] = {name: set() for name in names}
    waiting: list[tuple[str, str | None]] = [(name, None) for name in names]
    requests = 0
    while waiting:
        batch, waiting = waiting[:BATCH], waiting[BATCH:]
        requests += 1
        body = strict_json.dumps({"queries": [_query(name, token) for name, token in batch]})
        data = pool.get().post("/v1/querybatch", body, max_bytes=MAX_BATCH_BYTES)
        results = _results(pool.server, data, len(batch))
        for (name, _), result in zip(batch, results, strict=True):
            ids, token = _result(pool.server, name, result)
            listed[name] |= ids
            if token is None:
                continue
            if token in seen[name]:
                raise _broken(pool.server, f"gives one `next_page_token` for {name} twice")
            seen[name].add(token)
            if len(seen[name]) >= MAX_PAGES:
                raise _broken(pool.server, f"has more than {MAX_PAGES} pages for {name}")
            waiting.append((name, token))
    return listed, requests


def _query(name: str, token: str | None) -> dict[str, Any]:
    query: dict[str, Any] = {"package": {"ecosystem": "PyPI", "name": name}}
    return query if token is None else query | {"page_token": token}


def _results(server: Base, data: bytes, expected: int) -> list[Any]:
    try:
        document = strict_json.loads(data, what="/v1/querybatch", max_bytes=MAX_BATCH_BYTES)
    except AssuranceError as err:
        raise _broken(server, f"gave a batch that is not readable: {err.problem}") from err
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, list):
        raise _broken(server, "gave a batch without `results`")
    if len(results) != expected:
        raise _broken(server, f"answered {len(results):,} of {expected:,} queries")
    return results


def _result(server: Base, name: str, result: object) -> tuple[set[str], str | None]:
    if not isinstance(result, dict):
        raise _broken(server, f"gave a result for {name} that is no object")
    unknown = sorted(result.keys() - {"vulns", "next_page_token"})
    if unknown:  # an error in place of a result must not read as `none`
        raise _broken(server, f"gave a result for {name} with `{unknown[0]:.40}`")
    vulns = result.get("vulns", [])
    if not isinstance(vulns, list):
        raise _broken(server, f"gave `vulns` for {name} that is no list")
    ids = set()
    for each in vulns:
        identity = each.get("id") if isinstance(each, dict) else None
        if not isinstance(identity, str) or not _ID.fullmatch(identity):
            raise _broken(server, f"lists {identity!r:.60} for {name}, which is no id")
        ids.add(identity)
    token = result.get("next_page_token")
    if token is None or token == "":
        return ids, None
    if not isinstance(token, str) or len(token) > _MAX_TOKEN:
        raise _broken(server, f"gave a `next_page_token` for {name} that is none")
    return ids, token


def _fetched(
    pool: _Clients, ids: Sequence[str], *, optional: Mapping[str, str]
) -> dict[str, bytes]:
    """Return the record of each id; of `optional` ones only those that the service has."""
    records: dict[str, bytes] = {}
    total = 0

    def fetch(identity: str) -> bytes | None:
        return pool.get().get(f"/v1/vulns/{identity}", max_bytes=MAX_RECORD_BYTES)

    executor = ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="osv")
    try:
        for identity, data in zip(ids, executor.map(fetch, ids), strict=True):
            if data is None:
                if identity in optional:
                    continue
                raise _broken(pool.server, f"lists {identity} and answers 404 when asked for it")
            total += len(data)
            if total > MAX_TOTAL_BYTES:
                raise _broken(pool.server, f"sent more than {MAX_TOTAL_BYTES:,} bytes of records")
            records[identity] = data
    finally:
        executor.shutdown(cancel_futures=True)
    return records


def _check(
    server: Base,
    listed: Mapping[str, set[str]],
    records: Mapping[str, bytes],
    well_known: Mapping[str, str],
    now: datetime,
) -> None:
    """Compare what was listed with the records themselves."""
    read: dict[str, Advisory] = {}
    for identity, data in records.items():
        advisory = read[identity] = osv.read(data, entry=f"{server.url}/v1/vulns/{identity}")
        if advisory.id != identity:
            raise _broken(server, f"answers with {advisory.id:.80} when asked for {identity}")
    for name, ids in listed.items():
        for identity in sorted(ids):
            if name not in read[identity].affected:
                raise _broken(
                    server, f"lists {identity} for {name}, and the record is not about it"
                )
    known = [
        (identity, name)
        for identity, name in well_known.items()
        if identity in read and not read[identity].is_withdrawn(now)
    ]
    for identity, name in known:
        if identity not in listed[name]:
            raise _broken(server, f"has {identity} and does not list it for {name}")
    if not known:
        raise _broken(
            server,
            f"has none of {', '.join(sorted(well_known))}: it is not complete for PyPI",
        )


def _archive(records: Mapping[str, bytes]) -> bytes:
    """Return the records as a zip; the same records give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for identity, data in sorted(records.items()):
            archive.writestr(zipfile.ZipInfo(f"{identity}.json"), data)
    return buffer.getvalue()


def _broken(server: Base, what: str) -> CollectError:
    return CollectError(f"the advisory service {what}", remedy=_REMEDY, where=server.url)
