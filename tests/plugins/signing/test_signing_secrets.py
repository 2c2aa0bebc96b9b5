"""Where a passphrase comes from, and that it is never guessed or shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assurance.errors import SignerError
from assurance.secrets import FILE_VARIABLE, VARIABLE, ProcessSecrets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

URI = "file:keys/release.pem"


def typing(*answers: str) -> tuple[list[str], Callable[[str], str]]:
    """Return the prompts seen, and a prompt that is answered with these in turn."""
    prompts: list[str] = []
    left = list(answers)

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        if not left:
            raise EOFError
        return left.pop(0)

    return prompts, ask


def test_variable_comes_first() -> None:
    """A variable answers without a prompt."""
    prompts, ask = typing("typed")
    assert b"from variable" == ProcessSecrets({VARIABLE: "from variable"}, ask=ask).passphrase(URI)
    assert [] == prompts


@pytest.mark.parametrize("content", [b"secret", b"secret\n", b"secret\r\n", b"secret\nmore\n"])
def test_file_gives_its_first_line(content: bytes, tmp_path: Path) -> None:
    """The first line of the file is the passphrase, without its end."""
    path = tmp_path / "phrase"
    path.write_bytes(content)
    secrets = ProcessSecrets({FILE_VARIABLE: str(path)}, ask=None)
    assert b"secret" == secrets.passphrase(URI)


def test_prompt_asks_once_for_each_key() -> None:
    """One key that signs in five roles is asked for once; another key by its own name."""
    prompts, ask = typing("one", "two")
    secrets = ProcessSecrets({}, ask=ask)
    assert [b"one", b"one", b"two"] == [secrets.passphrase(uri) for uri in (URI, URI, "file:b")]
    assert [f"Passphrase of {URI}: ", "Passphrase of file:b: "] == prompts


def test_no_source_gives_none() -> None:
    """Where nobody can be asked there is no passphrase, not an empty one."""
    secrets = ProcessSecrets({}, ask=None)
    assert secrets.passphrase(URI) is None
    assert secrets.new_passphrase(URI) is None


def test_new_passphrase_is_typed_twice() -> None:
    """A typing mistake must not lock a key away."""
    prompts, ask = typing("same", "same")
    assert b"same" == ProcessSecrets({}, ask=ask).new_passphrase(URI)
    assert 2 == len(prompts)
    _, ask = typing("same", "sane")
    with pytest.raises(SignerError, match="the two passphrases differ"):
        ProcessSecrets({}, ask=ask).new_passphrase(URI)


def test_new_passphrase_of_a_variable_is_not_asked_again() -> None:
    """A pipeline is not prompted."""
    prompts, ask = typing()
    assert b"x" == ProcessSecrets({VARIABLE: "x"}, ask=ask).new_passphrase(URI)
    assert [] == prompts


def test_bytes_that_are_no_text_are_kept() -> None:
    """A passphrase in another encoding than UTF-8 reaches the key as it was given."""
    assert b"\xff" == ProcessSecrets({VARIABLE: "\udcff"}, ask=None).passphrase(URI)


def test_refusals(tmp_path: Path) -> None:
    """Two sources, an absent file, an empty or a huge secret: each is an error of its own."""
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "huge").write_bytes(b"x" * 5000)
    for environment, error in (
        ({VARIABLE: "a", FILE_VARIABLE: "b"}, "both ASSURANCE_KEY_PASSPHRASE and"),
        ({VARIABLE: ""}, "in ASSURANCE_KEY_PASSPHRASE is empty"),
        ({FILE_VARIABLE: str(tmp_path / "absent")}, "passphrase file cannot be read: No such"),
        ({FILE_VARIABLE: str(tmp_path)}, "passphrase file cannot be read: Is a directory"),
        ({FILE_VARIABLE: str(tmp_path / "empty")}, "is empty"),
        ({FILE_VARIABLE: str(tmp_path / "huge")}, "longer than 4,096 bytes"),
    ):
        with pytest.raises(SignerError, match=error) as caught:
            ProcessSecrets(environment, ask=None).passphrase(URI)
        assert caught.value.remedy
    _, ask = typing()
    with pytest.raises(SignerError, match="no passphrase was typed"):
        ProcessSecrets({}, ask=ask).passphrase(URI)
    _, ask = typing("")
    with pytest.raises(SignerError, match="the passphrase is empty"):
        ProcessSecrets({}, ask=ask).passphrase(URI)
