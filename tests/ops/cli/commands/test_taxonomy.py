"""``ledgermind taxonomy`` as it is typed: one line for what is wrong, and nothing half done."""

from pathlib import Path

import pytest

from tests.conftest import ROOT, Run

HOUSEHOLD = ROOT / "docs" / "examples" / "taxonomies" / "household.yml"
LABELS = "occurred_at,amount,description,category\n" + "".join(
    f"2026-01-{day:02d},-{day}.50,TESCO STORES {day},{label}\n"
    for day, label in enumerate(["Food"] * 8 + ["Fun"] * 2 + ["", "Other"], start=1)
)


@pytest.fixture
def past(tmp_path: Path) -> Path:
    file = tmp_path / "past.csv"
    file.write_text(LABELS)
    return file


def test_a_file_is_begun_from_labels_mapped_and_used(ledgermind: Run, tmp_path: Path, past: Path) -> None:
    made = ledgermind("taxonomy", "init", "own.yml", "--from", str(past))
    assert (made.returncode, made.stdout) == (0, "own.yml: 3 categories, 22 of 22 default ones are none of them yet\n")
    before = (tmp_path / "own.yml").read_text()
    proposed = ledgermind("taxonomy", "map", "own.yml", "--labels", str(past))
    assert proposed.returncode == 0, proposed.stderr
    assert "Groceries: Food (73% of 11 rows, the file has null)" in proposed.stdout
    assert "not written: give --write" in proposed.stdout
    assert (tmp_path / "own.yml").read_text() == before
    ledgermind("taxonomy", "map", "own.yml", "--labels", str(past), "--write")
    assert "Groceries: Food" in (tmp_path / "own.yml").read_text()
    again = ledgermind("taxonomy", "map", "own.yml", "--labels", str(past))
    assert "0 proposals without a doubt that own.yml does not have yet" in again.stdout


def test_a_file_that_is_there_is_not_written_over(ledgermind: Run, tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text("mine")
    done = ledgermind("taxonomy", "init", "own.yml")
    assert done.returncode == 2
    assert done.stderr == "ledgermind: own.yml is there already: name another file, or remove it\n"
    assert (tmp_path / "own.yml").read_text() == "mine"


def test_every_fault_of_a_file_is_a_line(ledgermind: Run, tmp_path: Path) -> None:
    text = HOUSEHOLD.read_text().replace("Dining: food", "Dining: nowhere").replace("id: home", "id: food")
    (tmp_path / "bad.yml").write_text(text)
    done = ledgermind("taxonomy", "check", "bad.yml")
    assert done.returncode == 2
    assert "bad.yml: the id 'food' stands twice: each category has its own" in done.stdout.splitlines()
    assert "bad.yml: from_default: Dining: there is no category with the id 'nowhere'" in done.stdout.splitlines()
    assert done.stderr.endswith("faults; correct the lines above\n")


def test_a_taxonomy_of_the_process_plays_no_part(ledgermind: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("version: 1")
    done = ledgermind("taxonomy", "check", str(HOUSEHOLD), LEDGERMIND_TAXONOMY=str(tmp_path / "bad.yml"))
    assert done.returncode == 0, done.stderr
    assert "taxonomy household-1: 9 categories; no fault" in done.stdout
    assert "answered by nothing: Transfers & Debt, Cash" in done.stdout


def test_two_taxonomies_are_compared(ledgermind: Run) -> None:
    done = ledgermind("taxonomy", "diff", "default", str(HOUSEHOLD))
    assert done.stdout.splitlines()[:2] == ["from taxonomy 1.0 to household-1", "added: food"]
    assert "from_default: Cash: Cash -> nothing" in done.stdout


def test_labels_of_a_csv_are_moved_or_nothing_is_written(ledgermind: Run, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('id,category,note\n1,Dining,"a, b"\n2,,x\n3,Cash,y\n')
    words = ("taxonomy", "migrate", "default", str(HOUSEHOLD), "--labels", "in.csv", "--out", "out.csv")
    refused = ledgermind(*words)
    assert refused.returncode == 2
    assert "1 labels of 1 categories would be lost: Cash 1 labels" in refused.stderr
    assert not (tmp_path / "out.csv").exists()
    done = ledgermind(*words, "--leave-out", "Cash")
    assert done.returncode == 0, done.stderr
    assert "left out: Cash 1" in done.stdout
    assert (tmp_path / "out.csv").read_text() == 'id,category,note\n1,food,"a, b"\n2,,x\n3,,y\n'
    ledgermind(*words, "--to", "Cash=money-in")
    assert (tmp_path / "out.csv").read_text().endswith("3,money-in,y\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--labels", "in.csv"], "--labels and --out go together", id="no file to write"),
        pytest.param(["--to", "Cash"], "--to 'Cash': write OLD=NEW", id="no pair"),
        pytest.param(["--to", "Cash=gold"], "'gold' is no category of taxonomy household-1", id="no category"),
        pytest.param(["--labels", "none.csv", "--out", "-"], "cannot read none.csv", id="no file"),
        pytest.param(["--labels", "in.csv", "--out", "-", "--column", "x"], "there is no column 'x'", id="no column"),
        pytest.param(
            ["--labels", "in.csv", "--out", "-"], "1 names are no category of taxonomy 1.0: Space 1", id="what"
        ),
    ],
)
def test_what_cannot_be_migrated_is_one_line(ledgermind: Run, tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "in.csv").write_text("id,category\n1,Space\n")
    done = ledgermind("taxonomy", "migrate", "default", str(HOUSEHOLD), *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
