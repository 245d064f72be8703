"""Page: docs/PROMISES.md, made from the marks of the tests; ``python -m tests.promises.page`` writes it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "tests" / "promises"
PAGE: Final = ROOT / "docs" / "PROMISES.md"
HEAD: Final = """# Promises
What README, docs and `--help` promise, where each promise is made, and the test that holds it.
The tests use topics, commands, HTTP and SQL of marts, and nothing else of ours: `make promises` runs them.
`make promises-page` writes this page from their marks, so a conflict in it is resolved by running that again.

| promise | made in | test in `tests/promises` |
| --- | --- | --- |
"""


@dataclass(frozen=True, slots=True, order=True)
class Promise:
    """One mark of one test: the sentence, the page or the command whose ``--help`` makes it, and the test."""

    made_in: str
    sentence: str
    test: str  # file::function


def promises(folder: Path = FOLDER) -> list[Promise]:
    """Return the marks of all tests, in the order of the page."""
    return sorted(promise for test, made in marks(folder).items() for promise in _promises(test, made))


def marks(folder: Path = FOLDER) -> dict[str, list[ast.Call]]:
    """Return the marks ``promise`` of each test function, by file and name."""
    return {
        f"{path.name}::{node.name}": [call for call in map(_mark, node.decorator_list) if call is not None]
        for path in sorted(folder.glob("test_*.py"))
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def rendered() -> str:
    """Return the page."""
    return HEAD + "".join(f"| {one.sentence} | {_link(one.made_in)} | `{one.test}` |\n" for one in promises())


def is_made(promise: Promise) -> bool:
    """Whether the sentence stands where the mark says, markup and line breaks apart."""
    return _plain(promise.sentence) in _plain(_text(promise.made_in))


def _mark(decorator: ast.expr) -> ast.Call | None:
    is_one = isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.promise"
    return decorator if is_one and isinstance(decorator, ast.Call) else None


def _promises(test: str, made: list[ast.Call]) -> Iterator[Promise]:
    for mark in made:
        sentence, made_in = map(ast.literal_eval, mark.args)
        yield Promise(made_in, sentence, test)


def _link(made_in: str) -> str:
    if made_in.startswith("ledgermind"):
        return f"`{made_in}`"
    target = made_in.removeprefix("docs/") if made_in.startswith("docs/") else f"../{made_in}"
    return f"[{made_in}]({target})"


def _text(made_in: str) -> str:
    """Return the words of a page, or of a command's help and its options'."""
    if not made_in.startswith("ledgermind"):
        return (ROOT / made_in).read_text()
    return "\n".join(_help(made_in.removesuffix("--help").split()[1:]))


def _help(words: list[str]) -> Iterator[str]:
    from importlib import import_module

    import typer

    from ops.cli.__main__ import COMMANDS

    if not words:
        yield from (said for _, said in COMMANDS.values())
        return
    node: Any = typer.main.get_command(import_module(COMMANDS[words[0]][0]).app)
    for word in words[1:]:
        node = node.commands[word]
    yield node.help or ""
    yield from (str(getattr(parameter, "help", "")) for parameter in node.params)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[`*|]|(?<=\])\([^)]*\)|[\[\]]", "", text)).casefold()


if __name__ == "__main__":
    PAGE.write_text(rendered())
