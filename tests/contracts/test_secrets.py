"""No tracked file holds what looks like a key, a token or a password of somebody."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE" r" KEY-----"),
    "a cloud key": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token": re.compile(r"\b(ghp|gho|ghs|glpat|xox[abp]|sk_live|rk_live)[_-][0-9A-Za-z_-]{16,}"),
    "a signed token": re.compile(r"\beyJ[0-9A-Za-z_-]{16,}\.eyJ[0-9A-Za-z_-]{16,}\."),
    "a password in an address": re.compile(r"://[^\s:/@{}$<>]+:(?!ledgermind@|secret@)[^\s@/{}$<>]{4,}@"),
}
PLANTED = {
    "a private key": "-----BEGIN RSA PRIVATE" + " KEY-----",
    "a cloud key": "AKIA" + "Q" * 16,
    "a token": "ghp_" + "a1" * 18,
    "a signed token": "eyJ" + "a" * 20 + ".eyJ" + "b" * 20 + ".c",
    "a password in an address": "postgresql://somebody:" + "correct-horse@db/x",
}


def found_in(text: str) -> list[str]:
    """Return what a text looks as if it held."""
    return [kind for kind, pattern in SECRETS.items() if pattern.search(text)]


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    return [ROOT / name.decode() for name in names if name]


def test_no_file_holds_a_secret() -> None:
    texts = {path: path.read_text(errors="ignore") for path in tracked() if path.is_file()}
    assert len(texts) > 300
    assert {str(path.relative_to(ROOT)): found for path, text in texts.items() if (found := found_in(text))} == {}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_secret_is_found(kind: str) -> None:
    assert found_in(f"x = '{PLANTED[kind]}'") == [kind]
