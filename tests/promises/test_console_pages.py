"""The console's pages of lines, releases, comparisons and dead letters: what they show is what the programs do.

One broker, worker, landing and console for the module; about 15 s of one core.
"""

import html
import re
import shlex
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator

import pytest

from ops.patience import patience_seconds, wait_for
from tests.promises.console_program import LINES, NOWHERE, SECRET, console_data, started_console
from tests.promises.passed_release import LYING, VERSION
from tests.promises.program import Program
from tests.promises.stack import Stack

FORM = "application/x-www-form-urlencoded"
FIELDS = {"description": "TESCO STORES 3021", "amount": "-4.20", "currency": "GBP", "country": "GB", "mcc": ""}


@pytest.fixture(scope="module")
def served(stack: Stack) -> Iterator[Stack]:
    with console_data(stack):
        yield stack


@pytest.fixture(scope="module")
def console(served: Stack) -> Iterator[Program]:
    with started_console(served) as running:
        yield running


def ask(console: Program, fields: dict[str, str] | bytes, kind: str = FORM) -> tuple[int, str]:
    """Send the form, or bytes in its place, again while a slow machine loads; return the status and the page."""
    answered = {}

    def look() -> bool:
        answered["last"] = send(console, fields, kind)
        return not any(word in answered["last"][1] for word in ("no answer within", "being loaded"))

    wait_for(look, "an answer of everybody")
    return answered["last"]


def send(console: Program, fields: dict[str, str] | bytes, kind: str) -> tuple[int, str]:
    body = fields if isinstance(fields, bytes) else urllib.parse.urlencode(fields).encode()
    request = urllib.request.Request(f"{console.url}/try", data=body, headers={"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=patience_seconds()) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def words(page: str) -> str:
    """Return the text of a page in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.slow
@pytest.mark.promise("what each arm would serve, by the worker's own code", "docs/CONSOLE.md")
@pytest.mark.parametrize("line", LINES)
def test_a_line_that_is_tried_gets_what_a_worker_serves(served: Stack, console: Program, line: str) -> None:
    sent = {one.json["txn_id"]: one.json for one in served.read("suggestions")}
    mine = [one for name, one in sent.items() if name.startswith(f"{line[:5]}-")]
    assert {one["arm"] for one in mine} == {"control", "canary"}
    status, page = ask(console, FIELDS | {"description": line, "country": ""})
    said = words(page)
    assert (status, f"Release {VERSION}" in said or VERSION in said) == (200, True)
    for one in mine:
        by = {"rules": "by the rules", "model": "by the model"}.get(one["source"], "")
        expected = f"{one['category']} {by}" if one["category"] else "no suggestion"
        assert f"{one['arm'].capitalize()}, 50 % of users {expected}" in said, (one, said)


@pytest.mark.promise(
    "a line that a worker would refuse is answered with the reason of its dead letter", "docs/CONSOLE.md"
)
@pytest.mark.parametrize(
    ("changes", "status", "expected"),
    [
        pytest.param({"description": "<script>alert(1)</script><img src=x onerror=a>"}, 200, "script", id="markup"),
        pytest.param(
            {"description": "\u202eOCSET\u202c \u0627\u0644\u0645\u062a\u062c\u0631 \u2066x"},
            200,
            "Read as",
            id="right to left",
        ),
        pytest.param({"description": ""}, 200, "nothing", id="no word"),
        pytest.param({"description": "a\0b"}, 422, "invalid_value : a text field holds the character U+0000", id="NUL"),
        pytest.param({"description": "x" * 1_025}, 422, "too_long", id="one character too many"),
        pytest.param({"currency": "pounds"}, 422, "currency: is not three capital letters", id="currency"),
        pytest.param({"amount": "1e9"}, 422, "amount: is not a decimal", id="amount"),
        pytest.param({"country": "1"}, 422, "country: is not two capital letters", id="country"),
        pytest.param({"description": "x" * 1_048_576}, 413, "at most 16,384 bytes", id="a megabyte"),
    ],
)
def test_a_hostile_line_gets_a_clear_answer(
    console: Program, changes: dict[str, str], status: int, expected: str
) -> None:
    found, page = ask(console, FIELDS | changes)
    assert (found, expected in words(page)) == (status, True), words(page)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "Traceback" not in page


@pytest.mark.promise("A form is read up to 16,384 bytes.", "docs/CONSOLE.md")
@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        pytest.param(b"description=\xff\xfe", FORM, 400, id="bytes of no character"),
        pytest.param(b"description=%FF%FE&amount=1&currency=GBP", FORM, 200, id="escaped bytes of no character"),
        pytest.param(
            b"description=x&amount=1&currency=GBP", f"{FORM}; charset=nonsense", 400, id="an encoding of nobody"
        ),
        pytest.param(b'{"description": "x"}', "application/json", 415, id="JSON"),
        pytest.param(b"", FORM, 422, id="nothing"),
        pytest.param(b"description=" + b"x" * 16_384, FORM, 413, id="too many bytes"),
    ],
)
def test_what_is_no_form_is_refused_and_never_a_fault(console: Program, body: bytes, kind: str, status: int) -> None:
    found, page = ask(console, body, kind)
    assert found == status, words(page)


@pytest.mark.promise("shows the line that you typed, and neither stores nor logs it", "docs/CONSOLE.md")
def test_a_line_is_not_logged(console: Program) -> None:
    for changes in ({"description": SECRET}, {"description": f"{SECRET}\0"}):
        ask(console, FIELDS | changes)
    assert SECRET not in console.log.read_text()


@pytest.mark.promise("the command that requeues each reason", "docs/CONSOLE.md")
@pytest.mark.promise(
    "shows the place of a record and the field at fault, never what the record held", "docs/CONSOLE.md"
)
def test_dead_letters_are_counted_and_the_command_on_the_page_puts_them_back(served: Stack, console: Program) -> None:
    listed = [one.headers["dlq.reason"] for one in served.read("transactions-dlq")]
    page = console.page("/dead-letters")[1]
    for reason, count in Counter(listed).items():
        assert f"{reason.replace('_', ' ')} {count}" in words(page)
    assert SECRET not in page
    (command,) = re.findall(r"<code>ledgermind (dlq requeue --reason invalid_value[^<]*)</code>", page)
    assert served.succeed(*shlex.split(html.unescape(command))).stdout.startswith("3 records put back")
    served.wait_until_scored()
    wait_for(lambda: "invalid value 6" in words(console.page("/dead-letters")[1]), "three more dead letters")


@pytest.mark.promise(
    "every release with its gate and its role, its card, and two releases side by side", "docs/CONSOLE.md"
)
def test_releases_are_listed_read_and_held_side_by_side(served: Stack, console: Program) -> None:
    said = words(console.page("/releases")[1])
    assert f"{VERSION} PASS canary" in said
    assert f"{LYING} PASS" in said
    card = (served.registry / VERSION / "CARD.md").read_text().splitlines()
    status, page = console.page(f"/releases/{VERSION}")
    assert (status, all(line[3:] in words(page) for line in card if line.startswith("## "))) == (200, True)
    beside = words(console.page(f"/releases?left={VERSION}&right={LYING}")[1])
    assert "Gate PASS (" in beside
    assert "Macro-F1" in beside
    for path in ("/releases/nothing", "/releases/..%2F..%2Fetc", f"/releases/..%2F{served.registry.name}%2F{VERSION}"):
        assert console.page(path)[0] == 404


@pytest.mark.promise("at most three releases in memory: control's, the canary's and the newest", "docs/CONSOLE.md")
def test_a_release_that_does_not_load_says_why_and_the_others_answer(console: Program) -> None:
    said = words(ask(console, FIELDS)[1])
    assert f"Newest of the registry {LYING} This release does not answer." in said
    assert f"Canary {VERSION} Groceries" in said


@pytest.mark.promise(
    "rules by release as a heat map over the newest comparisons, and the disagreements by category and by merchant key",
    "docs/CONSOLE.md",
)
def test_disagreements_are_counted_and_no_line_is_shown(served: Stack, console: Program) -> None:
    page = console.page("/compare")[1]
    said = words(page)
    assert re.search(r"Rules Release Answers Groceries Travel 5\b", said), said
    assert re.search(r"tesco[^0-9]* Groceries Travel 5\b", said), said
    assert re.search(r'<th scope="row">Groceries</th>.*?<td class="other shade[1-5]">5</td>', page)
    assert re.search(r"Latest disagreements .* tesco [-0-9: ]+ UTC Groceries 0\.\d\d Travel 0\.99 ", said), said
    assert "TESCO STORES 3021" not in page


@pytest.mark.promise(
    "merchants without a label: those that canary and control answer differently, and those that get no suggestion",
    "docs/CONSOLE.md",
)
def test_merchants_worth_a_label_are_listed_and_no_line_is_shown(served: Stack, console: Program) -> None:
    page = console.page("/labels")[1]
    said = words(page)
    assert re.search(
        r"For the decision on the canary Merchant key Answered differently Users tesco 5 of 15 10 ", said
    ), said
    listed = served.succeed("labels", "next", "--aim", "decision", "--json").json["merchants"]
    assert [one["answered_differently"] for one in listed if one["merchant_key"].startswith("tesco")] == [5]
    assert "TESCO STORES 3021" not in page


@pytest.mark.promise(
    "Without a broker try it answers with the rules and the newest release, and releases shows no roles.",
    "docs/CONSOLE.md",
)
def test_every_page_names_who_is_away_and_keeps_the_rest(served: Stack) -> None:
    away = {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": NOWHERE, "LEDGERMIND_POSTGRES_DSN": f"postgresql://{NOWHERE}/none"}
    with started_console(served, "--prometheus", f"http://{NOWHERE}", **away) as console:
        tried = words(ask(console, FIELDS)[1])
        assert "rollout-state cannot be read" in tried
        assert "Newest of the registry" in tried
        assert "Control Groceries by the rules" in tried
        releases = words(console.page("/releases")[1])
        assert "Roles are not known" in releases
        assert f"{VERSION} PASS" in releases
        assert "transactions-dlq cannot be read now" in words(console.page("/dead-letters")[1])
        assert "The warehouse cannot be read" in words(console.page("/compare")[1])
        assert "The warehouse cannot be read" in words(console.page("/labels")[1])
        now = words(console.page("/")[1])
        assert f"does not answer Kafka at {NOWHERE}" in now
        assert f"does not answer Prometheus http://{NOWHERE}" in now
