import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.atomic_file import TextFileError, write_whole
from ops.cli.commands import simulate as simulate_command
from ops.cli.commands.validate import app
from ops.kafka.validate import judge_lines
from ops.simulation.simulate import simulate
from schemas.events.dead_letter import DeadLetterReason
from schemas.events.feedback import Feedback
from streams.process.codec import encode_event

GOOD = next(iter(simulate(1, users=2, start=datetime(2025, 1, 1, tzinfo=UTC), days=3))).transaction
LINE = encode_event(GOOD)


def changed(**fields: object) -> bytes:
    return json.dumps(json.loads(LINE) | fields).encode()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(LINE, None, id="a good line"),
        pytest.param(LINE + b"\r\n", None, id="a carriage return"),
        pytest.param(changed(brand_new_field=1), None, id="an unknown field"),
        pytest.param(LINE[:-9], DeadLetterReason.MALFORMED_JSON, id="cut short"),
        pytest.param(b"\xff\xfe" + LINE, DeadLetterReason.NOT_UTF8, id="not UTF-8"),
        pytest.param(b"{}", DeadLetterReason.MISSING_FIELD, id="no field at all"),
        pytest.param(changed(user_id=5), DeadLetterReason.WRONG_TYPE, id="a user that is a number"),
        pytest.param(changed(amount=-1.5), DeadLetterReason.WRONG_TYPE, id="a numeric amount"),
        pytest.param(changed(amount="NaN"), DeadLetterReason.INVALID_VALUE, id="NaN"),
        pytest.param(changed(schema_version="2.0"), DeadLetterReason.UNSUPPORTED_SCHEMA_VERSION, id="a future major"),
        pytest.param(changed(description="x" * 99_000), DeadLetterReason.OVERSIZE, id="a huge description"),
    ],
)
def test_each_line_has_the_outcome_a_worker_would_give_it(line: bytes, reason: DeadLetterReason | None) -> None:
    (verdict,) = judge_lines([line])
    assert verdict.line == 1
    assert (verdict.fault.reason if verdict.fault else None) == reason


@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b"  \t\n", b""], ids=["empty", "CR LF", "blanks", "at the end"])
def test_a_blank_line_is_no_record_and_the_others_keep_their_numbers(blank: bytes) -> None:
    verdicts = list(judge_lines([LINE + b"\n", blank, LINE[:-9] + b"\n", blank]))
    assert [(verdict.line, verdict.fault is None) for verdict in verdicts] == [(1, True), (3, False)]


def test_the_command_names_bad_lines_and_leaves_with_1(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    path.write_bytes(LINE + b"\n" + changed(amount="12 secret") + b"\n")
    answer = CliRunner().invoke(app, [str(path)])
    assert answer.exit_code == 1
    assert answer.stdout.splitlines()[:3] == [
        "1: accepted",
        "2: dead letter invalid_value (amount: is not a decimal of at most 18 digits before and 8 after the point)",
        "1 accepted, 1 dead letters",
    ]
    assert "secret" not in answer.stdout


def test_the_command_leaves_with_0_where_all_is_well_and_speaks_json(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl.gz"
    path.write_bytes(gzip.compress(LINE + b"\n" + LINE))
    answer = CliRunner().invoke(app, [str(path), "--json"])
    assert answer.exit_code == 0
    assert json.loads(answer.stdout.splitlines()[0]) == {"line": 1, "outcome": "accepted"}
    assert json.loads(answer.stdout.splitlines()[-1]) == {"accepted": 2, "dead_letters": {}}


@pytest.mark.parametrize("content", [None, gzip.compress(LINE * 50)[:-12]], ids=["missing", "half a gzip"])
def test_a_file_that_cannot_be_read_is_an_error_of_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "none.jsonl"
    if content is not None:
        path.write_bytes(content)
    answer = CliRunner().invoke(app, [str(path)])
    assert isinstance(answer.exception, TextFileError)
    assert answer.exception.exit_code == 2


def test_what_simulate_writes_is_valid_and_the_same_each_time(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.jsonl.gz", "b.jsonl.gz")]
    for path in files:
        arguments = ["--users", "5", "--days", "5", "--out", str(path), "--labels", f"{path}.labels"]
        arguments += ["--truth", f"{path}.truth", "--json"]
        written = CliRunner().invoke(simulate_command.app, arguments)
        assert written.exception is None
    assert files[0].read_bytes() == files[1].read_bytes()
    summary = json.loads(written.stdout)
    answer = CliRunner().invoke(app, [str(files[0]), "--quiet", "--json"])
    assert json.loads(answer.stdout) == {"accepted": summary["transactions"], "dead_letters": {}}
    assert len(Path(f"{files[0]}.truth").read_text().splitlines()) == summary["transactions"] + 1
    assert len(Path(f"{files[0]}.labels").read_text().splitlines()) == summary["labels"]
    assert Feedback.__struct_fields__[0] in Path(f"{files[0]}.labels").read_text()
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize(
    "arguments",
    [["--out", "x", "--with-labels"], ["--out", "x", "--bootstrap-servers", "a:1"], ["--labels", "x"]],
    ids=["labels onto a topic", "a broker and a file", "a label file without a file"],
)
def test_options_of_simulate_that_contradict_each_other_are_refused(arguments: list[str]) -> None:
    answer = CliRunner().invoke(simulate_command.app, arguments)
    assert type(answer.exception).__name__ == "SimulateOptionError"


def test_a_file_that_was_not_finished_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "half.jsonl"
    with pytest.raises(ZeroDivisionError), write_whole(path) as stream:
        stream.write(b"half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(TextFileError, match="cannot write"), write_whole(tmp_path / "none" / "x.jsonl"):
        pass
