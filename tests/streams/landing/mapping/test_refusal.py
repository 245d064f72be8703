"""Whose fault a refusal of Postgres is decides: a row is set aside, the landing waits, or an operator is called."""

import pytest

from streams.landing.mapping.refusal import Blame, blame, words


@pytest.mark.parametrize(
    ("sqlstate", "whose"),
    [
        pytest.param("22003", Blame.ROW, id="a number out of range"),
        pytest.param("54000", Blame.ROW, id="too large for an index"),
        pytest.param("23514", Blame.TABLE, id="a constraint that somebody added"),
        pytest.param("42703", Blame.TABLE, id="a column that is gone"),
        pytest.param("40P01", Blame.SERVER, id="deadlock"),
        pytest.param("53100", Blame.SERVER, id="disk full"),
        pytest.param("25006", Blame.SERVER, id="read-only after a failover"),
        pytest.param("55P03", Blame.SERVER, id="a lock"),
        pytest.param(None, Blame.SERVER, id="the connection broke"),
        pytest.param("ZZ999", Blame.TABLE, id="unknown: people look"),
    ],
)
def test_a_state_says_who_must_change(sqlstate: str | None, whose: Blame) -> None:
    assert blame(sqlstate) is whose


def test_no_word_of_a_row_stands_in_a_log() -> None:
    message = 'invalid input syntax for type numeric: "4111 1111 1111 1111"\nCONTEXT: line 1'
    assert words("22P02", message) == "state 22P02; Postgres's own log has its words"
    assert words("42703", 'column "mcc" does not exist\nLINE 1') == 'column "mcc" does not exist, state 42703'
    assert words(None, "server closed the connection") == "server closed the connection"
    assert words(None, None) == "state unknown; Postgres's own log has its words"
