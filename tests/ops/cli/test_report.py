"""What was published is said in one line or one document, and what did not arrive is an error."""

import json

import pytest

from ops.cli.report import Counter, UndeliveredError, say, say_published
from ops.kafka.publish import Progress, Published


def published(**changes: object) -> Published:
    known: dict[str, object] = {
        "sent": 1_200,
        "delivered": 1_200,
        "failed": 0,
        "unconfirmed": 0,
        "seconds": 2.0,
        "first_error": None,
        "was_interrupted": False,
    }
    return Published(**(known | changes))  # type: ignore[arg-type]


def test_words_and_document_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    say_published(published(), refused=3, as_json=False)
    assert capsys.readouterr().out == "1,200 delivered in 2.0 s (600/s), 3 rows refused\n"
    say_published(published(), refused=3, as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert (document["delivered"], document["per_second"], document["refused"]) == (1_200, 600.0, 3)
    assert document["interrupted"] is False


def test_an_interruption_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    say_published(published(was_interrupted=True), as_json=False)
    assert capsys.readouterr().out.endswith(", interrupted\n")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param(
            {"failed": 2, "first_error": "_MSG_TIMED_OUT"}, "2 records failed and 0 are unconfirmed .*_MSG", id="failed"
        ),
        pytest.param({"unconfirmed": 5}, "did not answer in time", id="unconfirmed"),
    ],
)
def test_what_did_not_arrive_is_an_error_after_the_report(
    capsys: pytest.CaptureFixture[str], changes: dict[str, object], says: str
) -> None:
    with pytest.raises(UndeliveredError, match=says):
        say_published(published(**changes), as_json=True)
    assert json.loads(capsys.readouterr().out)["delivered"] == 1_200


def test_a_count_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    counter = Counter()
    counter.show(Progress(10, 0, 0.0))
    counter.clear()
    assert capsys.readouterr() == ("", "")


def test_what_is_no_result_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    say("done", {"done": True}, as_json=True, to_stderr=True)
    assert capsys.readouterr() == ("", '{"done":true}\n')
