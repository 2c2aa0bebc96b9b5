"""A service in place of an export: the same result when it is whole, and none when it is not."""

from __future__ import annotations

import json
import re
import socket
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import CollectError
from assurance_vulnerabilities import canary, http_client, osv_service
from assurance_vulnerabilities.collector import VulnerabilitiesCollector

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DETAIL = "https://w3id.org/release-assurance/vulns-detail/v1"
PINS = ("urllib3==1.26.4", "Jinja2==2.10", "salt==3000.1", "idna==3.10", "Django==3.2")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once."""
    monkeypatch.setattr(http_client, "PAUSES", (0, 0))


@pytest.fixture
def served(project: Any, osv_server: Any) -> Any:
    """A project that asks the server."""
    project.options = {"service": osv_server.url}
    project.requirements(*PINS)
    return project


def _ask(url: str, **client: Any) -> osv_service.ServiceAnswer:
    return osv_service.ask(
        http_client.base(url, where="test"),
        ("urllib3", "idna"),
        well_known=canary.well_known(),
        now=datetime(2026, 11, 24, tzinfo=UTC),
        client=partial(http_client.Client, **client),
    )


def test_it_finds_what_an_export_finds(served: Any, osv_server: Any, data: Path) -> None:
    """The same records give the same result, whoever hands them out."""
    asked = served.collect()
    served.options = {"advisories": str(data / "osv")}
    read = served.collect()
    assert 7 == len(asked["scanner"]["result"])
    assert read["scanner"]["result"] == asked["scanner"]["result"]
    assert "GET /v1/vulns/PYSEC-2021-108" in osv_server.asked
    assert sorted(set(osv_server.asked)) == sorted(osv_server.asked), "nothing was tried twice"


def test_evidence(served: Any, osv_server: Any) -> None:
    """It says which service, how it was asked, and what came; the planted ones were found."""
    predicate = served.collect()
    database, detail = predicate["scanner"]["db"], predicate[DETAIL]
    assert (osv_server.url, "advisories.zip") == (database["uri"], database["name"])
    assert {"packages": 6, "requests": 1, "newest": "2023-10-25T18:28:34Z"} == detail["service"]
    assert "urllib3 1.26.4" in detail["canaries"]
    assert 5 == detail["audited"]


def test_what_it_said_is_kept(served: Any) -> None:
    """The records are kept as an export with the digest of the evidence: the same, offline."""
    asked = served.collect()
    served.options = {"advisories": "work/advisories.zip"}
    again = served.collect()
    assert asked["scanner"]["result"] == again["scanner"]["result"]
    for key in ("digest", "records"):
        assert asked["scanner"]["db"][key] == again["scanner"]["db"][key]
    assert again[DETAIL]["service"] is None


def test_pages_are_followed(served: Any, osv_server: Any) -> None:
    """One id a page or all at once: the result is the same."""
    whole = served.collect()["scanner"]["result"]
    osv_server.page_size = 1
    paged = served.collect()
    assert whole == paged["scanner"]["result"]
    assert paged[DETAIL]["service"]["requests"] > 1


def test_batches(served: Any, osv_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many packages are asked for in several requests, each of them once."""
    whole = served.collect()["scanner"]["result"]
    osv_server.batches.clear()
    monkeypatch.setattr(osv_service, "BATCH", 2)
    assert whole == served.collect()["scanner"]["result"]
    assert [2, 2, 2] == [len(batch["queries"]) for batch in osv_server.batches]


def test_self_test(served: Any, osv_server: Any) -> None:
    """The canaries alone go through the service too."""
    result = VulnerabilitiesCollector().self_test(served.context())
    assert result is not None
    assert result.found
    assert "urllib3 1.26.4" in result.planted
    (batch,) = osv_server.batches
    assert ["django", "jinja2", "pyyaml", "urllib3"] == [
        query["package"]["name"] for query in batch["queries"]
    ]


@pytest.mark.parametrize(
    ("days", "expected"), [(89, "now"), (90, "now"), (91, "newest"), (-5, "now")]
)
def test_frozen_data_is_as_old_as_its_newest_record(days: int, expected: str) -> None:
    """A service that answers is current, unless nothing new came for more than 90 days."""
    now = datetime(2026, 11, 24, tzinfo=UTC)
    newest = now - timedelta(days=days)
    assert {"now": now, "newest": newest}[expected] == osv_service.last_update(newest, now)


def test_as_of(served: Any, osv_server: Any) -> None:
    """The date in the evidence is the record's where the data is frozen, the run's where not."""
    assert "2023-10-25T18:28:34Z" == served.collect()["scanner"]["db"]["lastUpdate"]
    osv_server.records["PYSEC-2021-108"]["modified"] = "2026-11-20T00:00:00Z"
    assert "2026-11-24T07:00:00Z" == served.collect()["scanner"]["db"]["lastUpdate"]


def _each(change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """Change the first result that has ids."""

    def changed(answer: dict[str, Any]) -> Any:
        for place, result in enumerate(answer["results"]):
            if "vulns" in result:
                answer["results"][place] = change(result)
                break
        return answer

    return changed


BATCHES: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "empty": (lambda _: b"", "batch that is not readable"),
    "not-json": (lambda _: b"<html>busy</html>", "batch that is not readable: not JSON"),
    "cut": (lambda answer: json.dumps(answer).encode()[:-9], "batch that is not readable"),
    "list": (lambda _: [], "gave a batch without `results`"),
    "error": (lambda _: {"code": 3, "message": "busy"}, "gave a batch without `results`"),
    "one-result-less": (
        lambda answer: {"results": answer["results"][:-1]},
        "answered 5 of 6 queries",
    ),
    "one-result-more": (
        lambda answer: {"results": [*answer["results"], {}]},
        "answered 7 of 6 queries",
    ),
    "null-in-place-of-a-result": (_each(lambda _: None), "result for django that is no object"),
    "error-in-place-of-a-result": (
        _each(lambda _: {"error": "time-out"}),
        "gave a result for django with `error`",
    ),
    "vulns-no-list": (_each(lambda _: {"vulns": {}}), "gave `vulns` for django that is no list"),
    "id-is-a-path": (
        _each(lambda _: {"vulns": [{"id": "../../etc/passwd"}]}),
        r"lists '../../etc/passwd' for django, which is no id",
    ),
    "no-id": (_each(lambda _: {"vulns": [{}]}), "lists None for django, which is no id"),
    "token-is-a-number": (
        _each(lambda result: result | {"next_page_token": 7}),
        "gave a `next_page_token` for django that is none",
    ),
    "same-token-again": (
        _each(lambda result: result | {"next_page_token": "0"}),
        "gives one `next_page_token` for django twice",
    ),
    "record-of-another-package": (
        _each(lambda _: {"vulns": [{"id": "PYSEC-2024-1"}]}),
        "lists PYSEC-2024-1 for django, and the record is not about it",
    ),
    "record-that-is-not-there": (
        _each(lambda _: {"vulns": [{"id": "PYSEC-1999-1"}]}),
        "lists PYSEC-1999-1 and answers 404 when asked for it",
    ),
    "well-known-record-not-listed": (
        _each(lambda _: {}),
        "has PYSEC-2021-98 and does not list it for django",
    ),
}


@pytest.mark.parametrize("name", BATCHES)
def test_partial_answers(served: Any, osv_server: Any, name: str) -> None:
    """A batch that is not whole is no answer, never one without vulnerabilities."""
    osv_server.change, message = BATCHES[name]
    with pytest.raises(CollectError, match=message) as caught:
        served.collect()
    assert osv_server.url == caught.value.where
    assert "export" in caught.value.remedy
    assert not caught.value.missing


def test_endless_pages(served: Any, osv_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that never end are no answer."""
    monkeypatch.setattr(osv_service, "MAX_PAGES", 5)
    tokens = iter(str(number) for number in range(1, 10_000))
    osv_server.change = lambda answer: {
        "results": [{"next_page_token": next(tokens)}, *answer["results"][1:]]
    }
    with pytest.raises(CollectError, match="has more than 5 pages for django"):
        served.collect()


def _status(code: int, **headers: str) -> Callable[[Any, str], bool]:
    def fault(handler: Any, _path: str) -> bool:
        handler.answer(code, b"{}", **headers)
        return True

    return fault


def _hang_up(handler: Any, _path: str) -> bool:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)
    return True


def _break_off(handler: Any, _path: str) -> bool:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"results": [')
    handler.close_connection = True
    return True


def _chunk_cut(handler: Any, _path: str) -> bool:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"ff\r\n{}")
    handler.close_connection = True
    return True


def _no_http(handler: Any, _path: str) -> bool:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    handler.close_connection = True
    return True


FAULTS: dict[str, tuple[Callable[[Any, str], bool], str, int]] = {
    "forbidden": (_status(403), r"/v1/querybatch answered 403 Forbidden$", 1),
    "not-found": (_status(404), r"answered 404 Not Found: it is no such service$", 1),
    "no-content": (_status(204), r"answered 204 No Content$", 1),
    "unknown-status": (_status(299), r"answered 299 $", 1),
    "too-many-requests": (_status(429), r"answered 429 Too Many Requests \(3 tries in", 3),
    "broken-inside": (_status(500), r"answered 500 Internal Server Error \(3 tries in", 3),
    "unavailable": (_status(503), r"answered 503 Service Unavailable \(3 tries in", 3),
    "redirect": (
        _status(302, Location="https://example.com/"),
        r"redirects to 'https://example.com/'; if that is right, give its URL$",
        1,
    ),
    "compressed": (_status(200, Content_Encoding="gzip"), "sent a compressed answer", 1),
    "hangs-up": (_hang_up, r"gave no answer: .* \(3 tries in", 3),
    "breaks-off": (_break_off, r"broke off after 13 of 1,000 bytes \(3 tries in", 3),
    "chunk-cut": (_chunk_cut, r"gave no answer: .* \(3 tries in", 3),
    "no-http": (_no_http, r"gave no answer: 'SSH-2.0-OpenSSH_9.2\\r\\n' \(3 tries in", 3),
}


@pytest.mark.parametrize("name", FAULTS)
def test_no_answer(served: Any, osv_server: Any, name: str) -> None:
    """Whatever HTTP does, the message says it, with the URL and how often it was tried."""
    osv_server.fault, message, tries = FAULTS[name]
    with pytest.raises(CollectError) as caught:
        served.collect()
    assert re.search(message, caught.value.problem), caught.value.problem
    assert f"the advisory service {osv_server.url}/v1/querybatch " in caught.value.problem
    assert tries == len(osv_server.asked)


@pytest.mark.parametrize("name", ["broken-inside", "breaks-off", "hangs-up"])
def test_a_record_without_an_answer(served: Any, osv_server: Any, name: str) -> None:
    """One record of many that cannot be had leaves no answer at all."""
    fault, message, _ = FAULTS[name]
    osv_server.fault = lambda handler, path: (
        path.endswith("PYSEC-2021-108") and fault(handler, path)
    )
    with pytest.raises(CollectError, match="/v1/vulns/PYSEC-2021-108 "):
        served.collect()
    osv_server.fault = None
    assert message
    assert served.collect()["scanner"]["result"]


def test_one_failure_is_tried_again(served: Any, osv_server: Any) -> None:
    """A service that stumbles twice and then answers has answered."""
    left = {"POST": 2, "GET": 2}

    def stumble(handler: Any, path: str) -> bool:
        if left[handler.command] <= 0:
            return False
        left[handler.command] -= 1
        return _status(503)(handler, path)

    osv_server.fault = stumble
    assert served.collect()["scanner"]["result"]
    assert {"POST": 0, "GET": 0} == left


def test_nobody_listens(served: Any) -> None:
    """A port without a server is said to be that."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        served.options = {"service": f"http://127.0.0.1:{port}"}
        with pytest.raises(CollectError, match=r"gave no answer: Connection refused \(3 tries in"):
            served.collect()


def test_a_service_that_hangs(osv_server: Any) -> None:
    """A server that takes the request and says nothing is given up."""

    def hang(_handler: Any, _path: str) -> bool:
        time.sleep(1)
        return True

    osv_server.fault = hang
    with pytest.raises(CollectError, match=r"gave no answer: timed out \(3 tries in"):
        _ask(osv_server.url, timeout_seconds=0.1)


def test_a_service_that_drips(osv_server: Any) -> None:
    """A byte now and then is not an answer that comes."""

    def drip(handler: Any, _path: str) -> bool:
        handler.send_response(200)
        handler.end_headers()
        handler.close_connection = True
        for _ in range(500):
            handler.wfile.write(b" ")
            time.sleep(0.02)
        return True

    osv_server.fault = drip
    with pytest.raises(CollectError, match=r"sent [0-9]+ bytes in 0.1 s, and not all"):
        _ask(osv_server.url, whole_seconds=0.1)


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("MAX_BATCH_BYTES", r"would send [0-9,]+ bytes; the limit is 100"),
        ("MAX_RECORD_BYTES", r"would send [0-9,]+ bytes; the limit is 100"),
        ("MAX_TOTAL_BYTES", "sent more than 100 bytes of records"),
        ("MAX_RECORDS", "records; the limit is 4"),
    ],
)
def test_answers_are_bounded(
    served: Any, monkeypatch: pytest.MonkeyPatch, limit: str, message: str
) -> None:
    """No answer is larger than it may be."""
    monkeypatch.setattr(osv_service, limit, 4 if limit == "MAX_RECORDS" else 100)
    with pytest.raises(CollectError, match=message):
        served.collect()


def test_an_answer_of_no_known_length_is_bounded(
    served: Any, osv_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `Content-Length` too, reading stops at the limit."""

    def flood(handler: Any, _path: str) -> bool:
        handler.send_response(200)
        handler.end_headers()
        handler.close_connection = True
        handler.wfile.write(b" " * 300_000)
        return True

    osv_server.fault = flood
    monkeypatch.setattr(osv_service, "MAX_BATCH_BYTES", 1000)
    with pytest.raises(CollectError, match="sends more than 1,000 bytes"):
        served.collect()


def test_a_record_under_another_id(served: Any, osv_server: Any) -> None:
    """A record that calls itself otherwise is not the one that was asked for."""
    osv_server.records["PYSEC-2021-108"]["id"] = "PYSEC-2021-109"
    with pytest.raises(CollectError, match="answers with PYSEC-2021-109 when asked for PYSEC-2021"):
        served.collect()


def test_a_record_that_is_not_readable(served: Any, osv_server: Any) -> None:
    """A record that breaks the schema is named with its URL."""
    osv_server.records["PYSEC-2021-108"]["modified"] = "yesterday"
    with pytest.raises(CollectError, match="has a `modified` that is no time") as caught:
        served.collect()
    assert f"{osv_server.url}/v1/vulns/PYSEC-2021-108" == caught.value.where


def test_a_service_without_the_well_known_records(served: Any, osv_server: Any) -> None:
    """A service that has none of the records that everybody has is not complete."""
    for identity in canary.well_known():
        del osv_server.records[identity]
    with pytest.raises(CollectError, match=r"has none of PYSEC-2019-217, .* not complete for PyPI"):
        served.collect()


def test_well_known_records_that_were_withdrawn(served: Any, osv_server: Any) -> None:
    """They are neither listed nor planted any more; one that is left is enough."""
    for identity in sorted(canary.well_known())[:3]:
        osv_server.records[identity]["withdrawn"] = "2026-01-01T00:00:00Z"
    canaries = served.collect()[DETAIL]["canaries"]
    assert ["release-assurance-canary 1.0", "django 3.2"] == canaries


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "neither `advisories` nor `service` is set"),
        ({"advisories": "osv.zip", "service": "http://x"}, "both `advisories` and `service`"),
        ({"service": "http://x", "ignore_withdrawn": False}, "cannot be had from a service"),
        ({"service": "ftp://example.com"}, "does not start with http:// or https://"),
        ({"service": "example.com"}, "does not start with http:// or https://"),
        ({"service": "http://"}, "names no host"),
        ({"service": "http://example.com/a b"}, "characters that a URL does not have"),
        ({"service": "http://exämple.com"}, "characters that a URL does not have"),
        ({"service": "http://example.com:port"}, "is no URL"),
        ({"service": "http://[::1"}, "is no URL"),
        ({"service": "http://example.com?key=1"}, "has a query or fragment"),
        ({"service": "http://example.com#x"}, "has a query or fragment"),
    ],
)
def test_options_that_name_no_source(project: Any, options: Any, message: str) -> None:
    """Exactly one source, and one that can be asked."""
    project.requirements("idna==3.10")
    project.options = options
    with pytest.raises(CollectError, match=message):
        project.collect()
    with pytest.raises(CollectError, match=message):
        VulnerabilitiesCollector().self_test(project.context())


def test_a_password_in_the_url_is_not_repeated(project: Any) -> None:
    """Evidence and messages are no place for secrets."""
    project.requirements("idna==3.10")
    project.options = {"service": "https://user:hunter2@example.com/osv"}
    with pytest.raises(
        CollectError, match=r"`example\.com/osv` holds a user or password"
    ) as caught:
        project.collect()
    assert "hunter2" not in str(caught.value)


def test_a_path_before_the_api(served: Any, osv_server: Any) -> None:
    """A service below a path is asked there."""
    osv_server.fault = lambda handler, path: (
        not path.startswith("/osv/") and _status(403)(handler, path)
    )
    served.options = {"service": f"{osv_server.url}/osv/"}
    with pytest.raises(CollectError, match=r"/osv/v1/querybatch"):
        served.collect()
    assert {"POST /osv/v1/querybatch"} == set(osv_server.asked)
