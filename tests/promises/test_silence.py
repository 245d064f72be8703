"""What a served model promises of wordings that it has never seen: silence, whatever the confidence."""

import csv
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.patience import wait_for
from tests.promises.events import payment
from tests.promises.stack import Stack

FIRST = datetime(2025, 1, 1, tzinfo=UTC)
AS_OF = "--as-of=2026-01-01T01:00:00Z"
ROWS = 9_900
ONCE = 0.15  # of the purchases are at a shop that is seen once
TRADES = {
    "Groceries": ("SUPERMARKET", "GREENGROCER", "BUTCHER"),
    "Dining": ("PIZZERIA", "RESTAURANT", "STEAKHOUSE"),
    "Fuel & Auto": ("PETROL", "GARAGE", "TYRES"),
    "Travel": ("HOTEL", "AIRLINES", "HOSTEL"),
    "Health": ("PHARMACY", "DENTIST", "OPTICIAN"),
}
TOWNS = (
    *("HARROGATE", "WHITBY", "SKIPTON", "RICHMOND", "BEVERLEY", "SELBY", "RIPON", "MALTON", "THIRSK", "PICKERING"),
    *("KENDAL", "KESWICK", "PENRITH", "HEXHAM", "ALNWICK", "MORPETH", "BEDALE", "LEYBURN", "HAWES", "SETTLE"),
    *("ILKLEY", "OTLEY", "WETHERBY", "TADCASTER", "DRIFFIELD"),
)
LETTERS = {
    "that can be spoken": ("bcdfghjklmnprstvwz", "aeiouy"),
    "of any letters": ("abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz"),
    "Cyrillic": ("бвгджзклмнпрстфх", "аеиоуыэюя"),
    "Chinese": ("".join(map(chr, range(0x4E00, 0x5E00))), "".join(map(chr, range(0x5E00, 0x6E00)))),
}


@pytest.fixture(scope="module")
def model(stack: Stack) -> Iterator[str]:
    """Return the version of a release that was trained from an imported file and serves everybody."""
    past = stack.folder / "past.csv"
    write_past(past)
    stack.succeed("import", str(past))
    stack.succeed("features", AS_OF, "--days=3650")
    stack.succeed("warehouse", "freshness", AS_OF)
    stack.succeed("warehouse", "build", AS_OF)
    version = stack.succeed("train", AS_OF, "--no-synthetic", "--json").json["model_version"]
    with stack.worker() as worker:
        everybody = ("100", "--canary", version, "--reason", "served to everybody", "--override", "a test has no judge")
        record = stack.succeed("rollout", "set", *everybody, "--json").json["version"]
        wait_for(lambda: worker.metrics()["lm_rollout_version"] == record, "the new record at the worker")
        yield version


def write_past(file: Path) -> None:
    """Write a year of labelled purchases at shops named by town and trade."""
    rng = random.Random(3)
    with file.open("w", encoding="utf-8", newline="") as opened:
        lines = csv.writer(opened)
        lines.writerow(
            ("txn_id", "user_id", "account_id", "occurred_at", "description", "amount", "currency", "category")
        )
        for number in range(ROWS):
            category = rng.choice(list(TRADES))
            at = FIRST + timedelta(minutes=int(number * 525_600 / ROWS))
            name = word(rng, "that can be spoken", shortest=7) if rng.random() < ONCE else rng.choice(TOWNS)
            shop = f"{name} {rng.choice(TRADES[category])} {rng.randrange(1000, 9999)}"
            amount = f"-{rng.randrange(200, 9_000) / 100:.2f}"
            user = f"user-{rng.randrange(20)}"
            lines.writerow((f"past-{number}", user, "card", at.isoformat(), shop, amount, "GBP", category))


def word(rng: random.Random, kind: str, *, shortest: int) -> str:
    """Return an invented word of at most ten letters, of two sets in turn."""
    return "".join(rng.choice(LETTERS[kind][place % 2]) for place in range(rng.randrange(shortest, 11))).upper()


def invented(kind: str, count: int) -> list[str]:
    """Return wordings of one to three invented words, too long to be found in a vocabulary by chance."""
    rng = random.Random(5)
    return [" ".join(word(rng, kind, shortest=7) for _ in range(rng.randrange(1, 4))) for _ in range(count)]


@pytest.mark.slow
@pytest.mark.promise("Where neither source is sure, the suggestion names no category", "README.md")
@pytest.mark.parametrize("kind", LETTERS)
def test_a_model_that_serves_everybody_answers_no_wording_that_nobody_wrote(
    stack: Stack, model: str, kind: str
) -> None:
    lines = ["XYZZY QUUX", *invented(kind, 250)]
    unknown = [payment(number, line, txn_id=f"{kind}-{number}") for number, line in enumerate(lines)]
    known = [
        payment(0, "WHITBY PIZZERIA 4711", txn_id=f"{kind}-known"),
        payment(1, "XYZZY PIZZERIA 4711", txn_id=f"{kind}-known-by-one-word"),
    ]
    sent = stack.score([*unknown, *known])
    said = {one.input_address: one.json for one in stack.read("suggestions")}
    answers = [said[address] for address in sent]
    answered = [(line, one["category"]) for line, one in zip(lines, answers, strict=False) if one["source"] == "model"]
    assert not answered
    for one in answers[len(lines) :]:
        assert (one["source"], one["category"], one["model_version"]) == ("model", "Dining", model)
