"""Every command that README and docs show exists, with the options that they name."""

import importlib
import re
import shlex
from collections.abc import Iterator
from typing import Any

import click
import pytest
import typer

from ops.cli.__main__ import COMMANDS
from tests.conftest import ROOT

CODES = ROOT / "docs" / "EXIT_CODES.md"
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "ops" / "deploy" / "runbooks").glob("*.md")),
]
SHOWN = re.compile(r"^(ledgermind [a-z].*)$|`(ledgermind [a-z][^`]*)`", re.MULTILINE)


def shown() -> list[tuple[str, str]]:
    """Return page and command; a line of several is several, and what follows a # is no part of it."""
    return [
        (page.name, command.strip())
        for page in PAGES
        for line, inline in SHOWN.findall(page.read_text())
        for command in re.split(r"&&|\|\||;", (line or inline).partition("  #")[0])
        if command.split()[:1] == ["ledgermind"]
    ]


def fault(command: str) -> str | None:
    """Return what is wrong with a command as it is written, None where it would be understood."""
    words = [word for word in shlex.split(command.replace("…", " "))[1:] if word not in ("|",)]
    if not words or "|" in words[-1]:  # `dlq list|show` names several at once
        words = words[:-1] + words[-1].split("|")[:1] if words else words
    if words[0] == "--debug" or words[0] not in COMMANDS:
        return None if words[0] == "--debug" else f"no command {words[0]}"
    node = typer.main.get_command(importlib.import_module(COMMANDS[words[0]][0]).app)
    rest = words[1:]
    while isinstance(node, click.Group) or hasattr(node, "commands"):
        if not rest:
            return None  # the group itself is spoken of
        if rest[0].startswith("--"):
            break  # an option of the group's own
        if rest[0] not in node.commands:
            return f"no command {rest[0]}"
        node, rest = node.commands[rest[0]], rest[1:]
    known = {option for parameter in node.params for option in (*parameter.opts, *parameter.secondary_opts)} | {
        "--help"
    }
    unknown = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in known]
    return f"no option {', '.join(unknown)}" if unknown else None


def nodes() -> Iterator[tuple[str, Any]]:
    """Return each command in words, and as click knows it."""

    def below(node: Any, words: str) -> Iterator[tuple[str, Any]]:
        for name, command in getattr(node, "commands", {}).items():
            yield from below(command, f"{words} {name}")
        if not getattr(node, "commands", {}) or node.invoke_without_command:
            yield words, node

    for name, (module, *_) in COMMANDS.items():
        yield from below(typer.main.get_command(importlib.import_module(module).app), name)


def helps() -> Iterator[tuple[str, str]]:
    """Return each command in words, and its help."""
    return ((words, node.help or "") for words, node in nodes())


WITHOUT_JSON = {
    "worker": "runs until it is stopped; what it prints is a log",
    "landing": "runs until it is stopped; what it prints is a log",
    "console": "runs until it is stopped; its pages are what it shows",
    "warehouse export": "runs until it is stopped; its metrics are what it shows",
    "alerts routes": "prints the file that Alertmanager reads",
    "schemas check": "prints nothing: its exit code is the answer",
    "dlq show": "prints JSON in any case",
    "mapping infer": "prints the YAML file that it proposes",
}


def options() -> dict[str, set[str]]:
    """Return the options of each command."""
    return {words: {word for parameter in node.params for word in parameter.opts} for words, node in nodes()}


def test_every_command_that_prints_can_print_json() -> None:
    assert {words for words, known in options().items() if "--json" not in known} == set(WITHOUT_JSON)


@pytest.mark.parametrize(("words", "text"), [pytest.param(*one, id=one[0]) for one in helps()])
def test_a_help_gives_an_example_that_can_be_typed_and_the_exit_codes(words: str, text: str) -> None:
    example = re.search(r"^Example: (?:[A-Z_]+=\S+ )*(ledgermind .+)$", text, re.MULTILINE)
    assert example is not None
    assert fault(example[1]) is None
    codes = re.search(r"^Exit codes: (.+?)\.?\Z", text, re.MULTILINE | re.DOTALL)
    assert codes is not None
    named = {int(code) for code in re.findall(r"(?:^|, )(\d+) ", codes[1].replace("\n", " "))}
    assert 0 in named
    assert named <= {int(code) for code in re.findall(r"^\| (\d+) \|", CODES.read_text(), re.MULTILINE)}


def test_the_pages_show_commands_at_all() -> None:
    assert len(shown()) > 50


@pytest.mark.parametrize(("page", "command"), sorted(set(shown())))
def test_a_command_that_is_shown_exists(page: str, command: str) -> None:
    assert fault(command) is None


def test_a_command_that_does_not_exist_is_found() -> None:
    assert fault("ledgermind rollout retreat") == "no command retreat"
    assert fault("ledgermind dlq list --nonsense") == "no option --nonsense"
    assert fault("ledgermind fly") == "no command fly"
