"""What commands promise that need neither broker nor Postgres, or say so where these are away."""

import json
from pathlib import Path

import pytest

from tests.promises.conftest import RunCommand
from tests.promises.events import payment

DEFAULT_POLICY = Path(__file__).parents[2] / "scorer" / "rollout" / "policies" / "default.yml"
NOWHERE = "127.0.0.1:1"  # a port that nobody may listen on


@pytest.mark.promise("a misspelt one stops the start", "README.md")
@pytest.mark.parametrize("program", ["worker", "landing"])
def test_a_misspelt_variable_stops_the_start_and_the_right_spelling_is_said(run: RunCommand, program: str) -> None:
    done = run(program, LEDGERMIND_LANDNG_GROUP="mine")
    assert done.code == 2
    assert "did you mean LEDGERMIND_LANDING_GROUP?" in done.stderr


@pytest.mark.promise("the one line it printed says what to do", "README.md")
@pytest.mark.parametrize(
    ("words", "variables", "code", "says"),
    [
        (("topics", "create"), {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": NOWHERE}, 4, "start one or set"),
        (("rollout", "status"), {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": NOWHERE}, 4, "start one or set"),
        (("warehouse", "migrate"), {"LEDGERMIND_POSTGRES_DSN": f"postgresql://{NOWHERE}/none"}, 9, "start it, or set"),
        (("train",), {"LEDGERMIND_POSTGRES_DSN": f"postgresql://{NOWHERE}/none"}, 9, "start it, or set"),
        (("import", "none.csv"), {}, 2, "none.csv"),
        (("rollout", "judge", "--policy", "brave"), {}, 2, "give one of default, fast, literal, or a file"),
    ],
    ids=["topics", "rollout", "warehouse", "training", "import", "judge"],
)
def test_what_cannot_work_is_said_in_one_line_that_names_the_remedy(
    run: RunCommand, words: tuple[str, ...], variables: dict[str, str], code: int, says: str
) -> None:
    done = run(*words, **variables)
    assert done.code == code, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.strip()]
    assert says in line
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.promise("a fault of the file leaves with 2", "docs/BAD_INPUT.md")
@pytest.mark.parametrize(
    ("content", "words", "says"),
    [
        (b"When,Value\n2026-01-02,-1\n", (), "give --map occurred_at=COLUMN,amount=Value,description=COLUMN"),
        ("occurred_at,amount,description\n".encode("utf-16-le"), (), "give --encoding utf-16-le"),
        (b"", (), "is empty"),
        (b"occurred_at,amount,description\n", ("--category-map", "Food=Lunch"), "Lunch"),
        (b"occurred_at,amount,description\n", ("--label-delay", "soon"), "--label-delay: 'soon'"),
    ],
    ids=["other columns", "UTF-16", "empty", "a map to what is no category", "a delay that is none"],
)
def test_a_file_that_cannot_be_imported_says_why(
    run: RunCommand, tmp_path: Path, content: bytes, words: tuple[str, ...], says: str
) -> None:
    (tmp_path / "bank.csv").write_bytes(content)
    done = run("import", "bank.csv", *words, LEDGERMIND_POSTGRES_DSN=f"postgresql://{NOWHERE}/none")
    assert done.code == 2, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.strip()]
    assert says in line


OURS = "occurred_at,description,amount"


@pytest.mark.promise("Money is never guessed", "docs/BAD_INPUT.md")
@pytest.mark.promise("a fault of the file leaves with 2", "docs/BAD_INPUT.md")
@pytest.mark.parametrize(
    ("text", "words", "says"),
    [
        ("2026-01-02,-1.50,CAFE\n", (), "line 1 holds values, not names of columns: give --no-header"),
        (f"{OURS}\n03/04/2026,X,-1\n13/04/2026,X,-1\n",
         ("--date-format", "month-first", "--skip-refused"), "give --date-format day-first"),
        ("occurred_at,description,Amount (EUR)\n2026-01-02,X,1\n",
         ("--map", "amount=Amount (EUR)", "--currency", "GBP"), "is in EUR, and --currency says GBP"),
        (f"{OURS}\n2026-01-02,X,1\n", ("--map", "amount=amount,amount_out=amount"), "do not go together"),
        (f"{OURS},direction\n2026-01-02,X,1,debit\n", ("--flip-sign",), "--flip-sign is for one column"),
        (f"{OURS}\n2026-01-02,X,1\n", ("--no-header", "--header-line", "2"), "do not go together"),
        ("%PDF-1.7\n", (), "is a PDF: ask the bank for CSV"),
        ("<!DOCTYPE html>\n", (), "is a web page"),
    ],
    ids=["no header", "other dates", "two currencies", "two amounts", "two signs", "two headers", "PDF", "page"],
)  # fmt: skip
def test_what_would_guess_about_a_file_is_refused_before_a_row_is_loaded(
    run: RunCommand, tmp_path: Path, text: str, words: tuple[str, ...], says: str
) -> None:
    (tmp_path / "bank.csv").write_text(text)
    done = run("import", "bank.csv", *words, LEDGERMIND_POSTGRES_DSN=f"postgresql://{NOWHERE}/none")
    assert done.code == 2, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.strip()]
    assert says in line


@pytest.mark.promise(
    "Criteria that make no sense are refused in one line that names the criterion.", "docs/ML_CANARY_DEPLOYMENT.md"
)
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"promql": "up"}, "criterion sales needs promql or sql, and not both"),
        ({"name": "errors"}, "criterion errors has the name of a built-in criterion"),
        ({"limit": None}, "criterion sales needs limit or margin"),
    ],
    ids=["two languages", "a built-in name", "no limit"],
)
def test_a_criterion_that_makes_no_sense_is_named(
    run: RunCommand, tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    sales = {"name": "sales", "sql": "select 1", "direction": "above", "limit": 0, "timeout_seconds": 1} | changes
    (tmp_path / "mine.yml").write_text(DEFAULT_POLICY.read_text() + f"criteria: {json.dumps([sales])}")
    done = run("rollout", "judge", "--policy", str(tmp_path / "mine.yml"))
    assert done.code != 0
    (line,) = [line for line in done.stderr.splitlines() if line.strip()]
    assert says in line


@pytest.mark.promise("The same seed gives the same history.", "ledgermind simulate --help")
def test_a_seed_gives_the_same_history_twice_and_another_seed_another(run: RunCommand, tmp_path: Path) -> None:
    for name, seed in (("one", "5"), ("again", "5"), ("other", "6")):
        done = run("simulate", "--users", "4", "--days", "9", "--seed", seed, "--out", f"{name}.jsonl")
        assert done.code == 0, done.stderr
    one, again, other = ((tmp_path / f"{name}.jsonl").read_bytes() for name in ("one", "again", "other"))
    assert one == again != other
    assert len(one.splitlines()) > 10


@pytest.mark.promise(
    "0 every line is accepted, 1 a line is refused, 2 the file cannot be read.",
    "ledgermind validate --help",
)
def test_validation_says_by_its_exit_code_what_the_file_is_worth(run: RunCommand, tmp_path: Path) -> None:
    good, bad = json.dumps(payment(1)), json.dumps(payment(2, currency="pounds"))
    (tmp_path / "good.jsonl").write_text(f"{good}\n\n{good}\n")
    (tmp_path / "bad.jsonl").write_text(f"{good}\n{bad}\n")
    assert [run("validate", f"{name}.jsonl").code for name in ("good", "bad", "missing")] == [0, 1, 2]
    first, second, summary = map(json.loads, run("validate", "bad.jsonl", "--json").stdout.splitlines())
    assert (first["outcome"], second["outcome"], second["reason"]) == ("accepted", "dead_letter", "invalid_value")
    assert summary == {"accepted": 1, "dead_letters": {"invalid_value": 1}}


@pytest.mark.promise(
    "Without a broker the rollout records cannot be read, and nothing is removed.",
    "ledgermind registry gc --help",
)
def test_without_a_broker_no_release_is_removed(run: RunCommand, tmp_path: Path) -> None:
    release = tmp_path / "registry" / "202601010000-0123456789"
    release.mkdir(parents=True)
    (release / "manifest.json").write_text("{}")
    where = {"LEDGERMIND_REGISTRY": str(tmp_path / "registry"), "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": NOWHERE}
    assert run("registry", "gc", "--keep", "0", "--remove", **where).code == 4
    assert (release / "manifest.json").exists()


@pytest.mark.promise("2 there is nothing to verify yet", "ledgermind verify-calibrator --help")
def test_an_empty_registry_has_nothing_to_verify(run: RunCommand, tmp_path: Path) -> None:
    done = run("verify-calibrator", LEDGERMIND_REGISTRY=str(tmp_path / "none"))
    assert done.code == 2
    assert "run `ledgermind train`" in done.stdout + done.stderr


@pytest.mark.promise(
    "0 everything required is there, 1 something required is missing or broken.",
    "ledgermind doctor --help",
)
def test_the_doctor_names_what_is_not_well_and_what_to_do(run: RunCommand) -> None:
    assert run("doctor").code == 0
    done = run("doctor", "--json", LEDGERMIND_WORKER_NAM="mine")
    assert done.code == 1
    assert "did you mean LEDGERMIND_WORKER_NAME?" in done.stdout
    assert "correct or unset them" in done.stdout


@pytest.mark.promise(
    "Show what the rules answer to one transaction, why, and which other rules match.",
    "ledgermind rules explain --help",
)
def test_the_rules_explain_their_answer(run: RunCommand) -> None:
    done = run("rules", "explain", "SQ *CAFE LUNA BERLIN", "--amount", "-4.20")
    assert done.code == 0, done.stderr
    assert "Dining" in done.stdout


@pytest.mark.promise("Run the examples that the rule file holds.", "ledgermind rules test --help")
def test_the_shipped_rules_hold_their_own_examples(run: RunCommand) -> None:
    assert run("rules", "test").code == 0


@pytest.mark.promise("A rule with a lower value under 0.5 is marked as doubtful.", "ledgermind rules measure --help")
def test_a_rule_that_is_mostly_wrong_is_marked_as_doubtful(run: RunCommand, tmp_path: Path) -> None:
    file = tmp_path / "past.csv"
    rows = [f"{i},u,TESCO STORES {i},-5.00,GBP,2026-01-0{1 + i % 9}T12:00:00Z,Dining" for i in range(40)]
    rows += [f"9{i},u,SHELL {i},-5.00,GBP,2026-01-0{1 + i % 9}T12:00:00Z,Fuel & Auto" for i in range(40)]
    file.write_text("txn_id,user_id,description,amount,currency,occurred_at,category\n" + "\n".join(rows) + "\n")
    lines = run("rules", "measure", str(file)).stdout.splitlines()
    assert [line.endswith("doubtful") for line in lines[1:3]].count(True) == 1
    assert next(line for line in lines if "tesco" in line).endswith("doubtful")


@pytest.mark.promise("2 the file has no labels", "ledgermind rules measure --help")
def test_a_file_without_labels_measures_no_rule_and_says_so(run: RunCommand, tmp_path: Path) -> None:
    file = tmp_path / "past.csv"
    file.write_text(
        "txn_id,user_id,description,amount,currency,occurred_at\n1,u,SHELL,-5.00,GBP,2026-01-01T12:00:00Z\n"
    )
    done = run("rules", "measure", str(file))
    assert done.code == 2
    assert "no row has a category" in done.stderr
