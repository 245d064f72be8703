"""The console in a real browser: each page with real data, by keyboard, narrow and dark, and while sources are away.

One broker, worker, landing and browser for the module; axe-core takes a second for each page that it looks at.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from ops.kafka.topics import create_topics
from ops.local.embedded_broker import Tansu
from ops.patience import wait_for
from streams.settings import KafkaSettings
from tests.e2e.playwright_page import Tab, launched, tab
from tests.promises.console_program import NOWHERE, SECRET, console_data, started_console
from tests.promises.passed_release import VERSION
from tests.promises.program import Program
from tests.promises.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.integration

# Each width and each scheme once; both of both where pictures are asked for.
LOOKS = [(400, "dark"), (1280, "light"), *([(400, "light"), (1280, "dark")] if "SCREENSHOTS" in os.environ else [])]
PAGES = {
    "/": "Now",
    "/history": "History",
    "/try": "Try it",
    "/compare": "Compare",
    "/releases": "Releases",
    f"/releases/{VERSION}": "Model ",
    "/dead-letters": "Dead letters",
    "/labels": "Labels",
    "/runbooks/MLModelUnavailable": "MLModelUnavailable",
    "/nothing": "404 Not Found",
}


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    with launched() as running:
        yield running


@pytest.fixture(scope="module")
def worker(chromium: "Browser", stack: Stack) -> Iterator[Program]:
    with console_data(stack) as running:
        yield running


@pytest.fixture(scope="module")
def console(stack: Stack, worker: Program) -> Iterator[Program]:
    with started_console(stack, "--worker", worker.url) as running:
        running.page("/try")
        yield running


def try_line(opened: Tab, line: str) -> str:
    """Type a line into the form and send it, again while a slow machine loads; return what the page says."""

    def look() -> bool:
        opened.open("/try")
        opened.page.fill("#description", line)
        opened.page.press("#description", "Enter")
        opened.page.wait_for_selector("#answer, #refused, .away[role=alert]")
        return not any(word in opened.text for word in ("no answer within", "being loaded"))

    wait_for(look, "an answer of everybody")
    return opened.text


def screenshot(opened: Tab, name: str) -> None:
    """Keep a picture of the page, where a folder for them is given."""
    if folder := os.environ.get("SCREENSHOTS"):
        opened.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_is_accessible_and_fetches_nothing_from_elsewhere(
    chromium: "Browser", console: Program, path: str, width: int, scheme: str
) -> None:
    with tab(chromium, console.url, width=width, scheme=scheme) as opened:  # type: ignore[arg-type]
        opened.open(path)
        assert opened.page.inner_text("h1").startswith(PAGES[path])
        assert (opened.excess, opened.violations()) == (0, [])
        assert {urlsplit(address).netloc for address in opened.fetched} == {urlsplit(console.url).netloc}
        assert opened.faults == [] or path == "/nothing"
        screenshot(opened, f"{path.strip('/').replace('/', '-') or 'now'}-{width}-{scheme}")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_an_answer_fits_and_is_accessible(chromium: "Browser", console: Program, width: int, scheme: str) -> None:
    with tab(chromium, console.url, width=width, scheme=scheme) as opened:  # type: ignore[arg-type]
        for line, expected in (
            ("TESCO STORES 3021", "Groceries by the"),
            ("x" * 1_024, "Read as"),
            ("a\u202eb", "Read as"),
        ):
            assert expected in try_line(opened, line)
            assert (opened.excess, opened.violations()) == (0, [])
            screenshot(opened, f"answer-{len(line)}-{width}-{scheme}")
        assert opened.faults == []


def test_a_rollback_is_seen_without_a_reload(chromium: "Browser", stack: Stack, console: Program) -> None:
    with tab(chromium, console.url) as opened:
        opened.open("/")
        opened.page.wait_for_selector("#connection:has-text('Live')")
        for share in ("25", "50"):
            stack.set_share(share)
            opened.page.wait_for_selector(f"#rollout .big:text-is('{share} %')")
        stack.succeed("rollout", "rollback", "--reason", "a test")
        opened.page.wait_for_selector("#rollout .big:text-is('0 %')")
        assert opened.page.inner_text("#summary").startswith("Record ")
        opened.open("/history")
        assert "a test" in opened.text
        stack.set_share("50")


def test_the_console_is_used_by_keyboard_alone(chromium: "Browser", console: Program) -> None:
    with tab(chromium, console.url) as opened:
        page = opened.page
        try_line(opened, "TESCO")
        opened.open("/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        while page.evaluate("document.activeElement.textContent") != "Try it":
            page.keyboard.press("Shift+Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        page.wait_for_url("**/try")
        while page.evaluate("document.activeElement.id") != "description":
            page.keyboard.press("Tab")
        page.keyboard.type("TESCO STORES 3021")
        page.keyboard.press("Enter")
        page.wait_for_selector("#answer")
        assert "Groceries by the" in opened.text


def test_a_page_is_read_without_a_script(chromium: "Browser", console: Program) -> None:
    with tab(chromium, console.url, script=False) as opened:
        opened.page.goto(f"{console.url}/history")
        assert opened.page.locator("h1").inner_text() == "History"
        assert "The hash chain of" in opened.page.locator("main").inner_text()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            "<img src=x onerror=alert(1)><script>alert(2)</script>", "<img src=x onerror=alert(1)>", id="markup"
        ),
        pytest.param("\u202etfel\u202c \u0627\u0644\u0645\u062a\u062c\u0631", "Read as", id="right to left"),
        pytest.param("x" * 1_048_576, "at most 16,384 bytes", id="a megabyte"),
    ],
)
def test_a_hostile_line_does_nothing_to_the_page(
    chromium: "Browser", console: Program, line: str, expected: str
) -> None:
    with tab(chromium, console.url) as opened:
        opened.open("/try")
        opened.page.evaluate("document.getElementById('description').removeAttribute('maxlength')")
        opened.page.fill("#description", line)
        with opened.page.expect_navigation():
            opened.page.click("button")
        assert expected in opened.text
        assert opened.page.locator("main img, main script").count() == 0
        assert [fault for fault in opened.faults if "413" not in fault] == []


@pytest.mark.parametrize(
    ("options", "variables", "away", "there"),
    [
        pytest.param(
            (), {"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": NOWHERE}, f"Kafka at {NOWHERE}", "Transactions a second",
            id="Kafka",
        ),
        pytest.param(
            (), {"LEDGERMIND_POSTGRES_DSN": f"postgresql://{NOWHERE}/none"}, "Postgres", "Release", id="Postgres"
        ),
        pytest.param(
            ("--prometheus", f"http://{NOWHERE}"), {}, f"Alerts of http://{NOWHERE}", "Transactions a second",
            id="Prometheus",
        ),
    ],
)  # fmt: skip
def test_who_is_away_is_named_and_the_rest_stays(
    chromium: "Browser",
    stack: Stack,
    worker: Program,
    options: tuple[str, ...],
    variables: dict[str, str],
    away: str,
    there: str,
) -> None:
    with (
        started_console(stack, "--worker", worker.url, *options, **variables) as running,
        tab(chromium, running.url) as opened,
    ):
        opened.open("/")
        opened.page.wait_for_selector(f"#sources li:has-text('{away}'):has-text('does not answer')")
        assert there in opened.text
        assert (opened.excess, opened.violations()) == (0, [])
        for path, title in PAGES.items():
            opened.open(path)
            assert opened.page.inner_text("h1").startswith(title)
        assert SECRET not in opened.text


def test_a_broker_that_dies_is_said_on_an_open_page_and_the_record_stays(
    chromium: "Browser", stack: Stack, worker: Program
) -> None:
    folder = stack.folder / "mortal"
    with Tansu(folder) as broker:
        create_topics(KafkaSettings(bootstrap_servers=broker.bootstrap_servers))
        mortal = Stack(broker.bootstrap_servers, stack.dsn, stack.folder, stack.variables)
        mortal.succeed("rollout", "init")
        mortal.set_share("30")
        with started_console(mortal, "--worker", worker.url) as running, tab(chromium, running.url) as opened:
            opened.open("/")
            opened.page.wait_for_selector("#rollout .big:text-is('30 %')")
            assert broker.process is not None
            broker.process.kill()
            broker.process.wait()
            opened.page.wait_for_selector("#rollout .away:has-text('rollout-state cannot be read')")
            assert opened.page.inner_text("#rollout .big") == "30 %"
            assert "Transactions a second" in opened.text
