"""The key of a hint names one user and one merchant, and is read back as these or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.hint import hint_key, read_hint_key
from schemas.events.transaction import MAX_IDENTIFIER

WORDS = st.text(st.characters(whitelist_categories=["Ll", "Nd"]), min_size=1, max_size=40)


@given(st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=MAX_IDENTIFIER), WORDS)
def test_any_user_and_merchant_are_read_back(user_id: str, merchant_key: str) -> None:
    assert read_hint_key(hint_key(user_id, merchant_key)) == (user_id, merchant_key)


@pytest.mark.parametrize(
    "key", [b"", b"user", b"\x1ftesco", b"user\x1f", b"\xff\x1ftesco", b"u" * 200 + b"\x1ftesco", b"u\x1f" + b"t" * 300]
)
def test_a_key_that_no_hint_has_is_nobody_s(key: bytes) -> None:
    assert read_hint_key(key) is None
