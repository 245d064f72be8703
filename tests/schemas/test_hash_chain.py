"""The hash chain: one canonical form, one hash, one sentence for what does not follow."""

import hashlib

import pytest

from schemas.hash_chain import GENESIS_HASH, ChainLink, hash_bytes, hash_json, link_error

FIRST = ChainLink(0, GENESIS_HASH, "a" * 64)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_hash_of_bytes_is_their_sha256() -> None:
    assert hash_bytes(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, B.1


@pytest.mark.parametrize(
    ("fields", "canonical"),
    [
        ({"b": 1, "a": "ö", "hash": "x"}, '{"a":"ö","b":1}'),
        ({"a": {"z": True, "b": [None, 0.5]}}, '{"a":{"b":[null,0.5],"z":true}}'),
        ({"a": 2**53, "b": 10**22}, '{"a":9007199254740992,"b":1e22}'),
    ],
    ids=["sorted, without its own hash", "nested", "no whole number beyond a float's"],
)
def test_an_object_is_hashed_in_its_canonical_form(fields: dict[str, object], canonical: str) -> None:
    assert hash_json(fields) == sha256(canonical)


def test_a_number_beyond_any_float_has_no_hash() -> None:
    with pytest.raises(ValueError, match="larger than any float"):
        hash_json({"a": 10**400})


@pytest.mark.parametrize(
    ("previous", "link", "fault"),
    [
        (None, FIRST, None),
        (FIRST, ChainLink(1, FIRST.hash, "b" * 64), None),
        (None, ChainLink(1, GENESIS_HASH, "b" * 64), "act 0 is missing: act 1 stands in its place"),
        (FIRST, ChainLink(2, FIRST.hash, "b" * 64), "act 1 is missing: act 2 stands in its place"),
        (FIRST, ChainLink(1, GENESIS_HASH, "b" * 64), "act 1 does not link to the act before it"),
        (None, ChainLink(0, "a" * 64, "b" * 64), "act 0 does not link to the act before it"),
    ],
    ids=["the first", "the next", "no first", "a gap", "of another chain", "the first of another"],
)
def test_what_does_not_follow_is_named(previous: ChainLink | None, link: ChainLink, fault: str | None) -> None:
    assert link_error("act", previous, link) == fault


def test_a_chain_may_begin_at_another_number() -> None:
    assert link_error("promotion", None, ChainLink(1, GENESIS_HASH, "a" * 64), first=1) is None
