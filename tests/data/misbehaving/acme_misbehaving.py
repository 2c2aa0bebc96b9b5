"""Collectors that do what collectors must not do, and a few that do it right."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assurance import CollectError, SelfTest, Statement, Subject, hookimpl

TYPE = "https://acme.example/observation/v1"


def statement(value=None, **changes):
    given = {
        "predicate_type": TYPE,
        "predicate": json.dumps({"seen": True} if value is None else value).encode(),
        "collected_at": datetime.now(UTC),
    }
    return Statement(**(given | changes))


def forge(result, **files):
    """Write an answer by hand, and end before the real one is written."""
    for name, content in files.items():
        Path("../answer", f"{name[1:]}.json").write_bytes(content)
    Path("../answer/result.json").write_bytes(result)
    os._exit(0)


def result(file="0.json", digest="0" * 64, **changes):
    listed = {
        "predicateType": TYPE,
        "file": file,
        "sha256": digest,
        "collectedAt": "2026-01-01T00:00:00Z",
        "subjects": [],
    }
    value = {
        "selfTest": "passed",
        "selfTestMessage": None,
        "statements": [listed],
        "failure": None,
        "missing": False,
        "remedy": None,
    }
    return json.dumps(value | changes).encode()


def good(context):
    return [statement()]


def raises(context):
    raise ValueError("the tool said\x1b[31m no\nand more")


def panics(context):
    class PanicException(BaseException):
        pass

    raise PanicException("index out of bounds")


def hangs(context):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "60"])
    Path("pid").write_text(f"{child.pid} {os.getpid()}")
    time.sleep(60)


def exits_zero(context):
    os._exit(0)


def exits_three(context):
    print("a last word", file=sys.stderr, flush=True)
    os._exit(3)


def calls_sys_exit(context):
    sys.exit(0)


def is_killed(context):
    os.kill(os.getpid(), signal.SIGKILL)


def prints(context):
    print("all is well")
    return [statement()]


def prints_from_a_tool(context):
    subprocess.run(["echo", "all is well"], check=True)
    return [statement()]


def talks_on_stderr(context):
    sys.stderr.write("x" * (5 << 20))
    return [statement()]


def returns_none(context):
    return None


def returns_one_statement(context):
    return statement()


def returns_text(context):
    return ["seen"]


def returns_nothing(context):
    return []


def returns_a_generator(context):
    yield statement()
    yield statement({"seen": "twice"})


def returns_too_many(context):
    return [statement() for _ in range(2001)]


def raises_half_way(context):
    yield statement()
    raise RuntimeError("after the first")


def predicate_is_a_list(context):
    return [statement([1])]


def predicate_is_empty(context):
    return [statement({})]


def predicate_is_cut(context):
    return [statement(predicate=b'{"seen": tr')]


def predicate_is_text(context):
    return [statement(predicate='{"seen": true}')]


def predicate_is_huge(context):
    return [statement(predicate=b" " * (64 << 20) + b'{"a":1}')]


def type_not_announced(context):
    return [statement(predicate_type="https://cyclonedx.org/bom")]


def type_is_no_uri(context):
    return [statement(predicate_type="observation")]


def from_the_future(context):
    return [statement(collected_at=datetime.now(UTC) + timedelta(hours=1))]


def from_last_week(context):
    return [statement(collected_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))]


def time_without_zone(context):
    return [statement(collected_at=datetime(2026, 1, 2))]


def subject_without_digest(context):
    return [statement(subjects=(Subject(name="x"),))]


def subject_in_capitals(context):
    return [statement(subjects=(Subject(name="x", digest=(("sha256", "AB" * 32),)),))]


def leaves_a_child(context):
    child = subprocess.Popen(["sleep", "60"])
    Path("pid").write_text(str(child.pid))
    return [statement()]


def leaves_a_daemon(context):
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    Path("pid").write_text(str(child.pid))
    return [statement()]


def waits_for_its_child(context):
    subprocess.run(["true"], check=True)
    return [statement()]


def forks_and_returns_twice(context):
    if os.fork() == 0:
        return [statement({"seen": "by the copy"})]
    os.wait()
    return [statement({"seen": "by the original"})]


def closes_everything(context):
    os.closerange(0, 256)
    return [statement()]


def looks_around(context):
    found = {
        "environment": dict(os.environ),
        "cwd": os.getcwd(),
        "workdir": str(context.workdir),
        "files": os.listdir("."),
        "stdin": sys.stdin.read(),
        "inputs": [str(path) for path in context.inputs],
        "artifacts": [str(path) for path in context.artifacts],
        "options": dict(context.options),
        "release": context.release.name,
        "session": os.getsid(0) == os.getpid(),
    }
    return [statement(found)]


def evidence_is_missing(context):
    raise CollectError("no report at build/x.xml", remedy="run the tests first", missing=True)


def tool_is_broken(context):
    raise CollectError("the scanner did not answer", remedy="start the scanner")


def points_outside(context):
    Path("../../stolen.json").write_text('{"seen": true}')
    forge(result("../../stolen.json"))


def answers_with_a_symlink(context):
    os.symlink("/etc/hostname", "../answer/0.json")
    forge(result())


def answers_with_a_pipe(context):
    os.mkfifo("../answer/0.json")
    forge(result())


def answers_with_a_folder(context):
    os.mkdir("../answer/0.json")
    forge(result())


def answers_with_a_huge_file(context):
    with open("../answer/0.json", "wb") as file:
        file.truncate((64 << 20) + 1)
    forge(result())


def answers_with_other_bytes(context):
    forge(result(), _0=b'{"seen": true}')


def answers_without_the_file(context):
    forge(result())


def answers_half(context):
    forge(result()[:-10])


def answers_in_another_shape(context):
    forge(b'{"statements": {}}')


def swaps_its_folder(context):
    os.rename("../answer", "../kept")
    os.mkdir("../answer")
    forge(result(statements=[]))


def claims_no_self_test_ran(context):
    forge(result(statements=[], selfTest="not-run"))


def found(context):
    return SelfTest(planted="a defect", found=True, message="found it")


def not_found(context):
    return SelfTest(planted="a defect", found=False, message="saw nothing")


def none_offered(context):
    return None


def self_test_raises(context):
    raise OSError("no room for a plant")


def self_test_says_true(context):
    return True


@dataclass
class Made:
    """One collector out of two functions."""

    name: str
    act: object
    test: object = found
    predicate_types: tuple = (TYPE,)
    options_schema: dict = field(
        default_factory=lambda: {
            "type": "object",
            "properties": {"level": {"type": "integer"}},
            "additionalProperties": False,
        }
    )

    def collect(self, context):
        return self.act(context)

    def self_test(self, context):
        return self.test(context)


ACTS = [
    good, raises, panics, hangs, exits_zero, exits_three, calls_sys_exit, is_killed, prints,
    prints_from_a_tool, talks_on_stderr, returns_none, returns_one_statement, returns_text,
    returns_nothing, returns_a_generator, returns_too_many, raises_half_way, predicate_is_a_list,
    predicate_is_empty, predicate_is_cut, predicate_is_text, predicate_is_huge,
    type_not_announced, type_is_no_uri, from_the_future, from_last_week, time_without_zone,
    subject_without_digest, subject_in_capitals, leaves_a_child, leaves_a_daemon,
    waits_for_its_child, forks_and_returns_twice, closes_everything, looks_around,
    evidence_is_missing, tool_is_broken, points_outside, answers_with_a_symlink,
    answers_with_a_pipe, answers_with_a_folder, answers_with_a_huge_file,
    answers_with_other_bytes, answers_without_the_file, answers_half, answers_in_another_shape,
    swaps_its_folder, claims_no_self_test_ran,
]  # fmt: skip


@hookimpl
def assurance_collectors():
    made = [Made(act.__name__.replace("_", "-"), act) for act in ACTS]
    for test in (not_found, none_offered, self_test_raises, self_test_says_true):
        made.append(Made(f"self-test-{test.__name__.replace('_', '-')}", good, test))
    return made
