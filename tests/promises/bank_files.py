"""Bank files: the transcript of docs/BANK_FILES.md, typed again.

``python -m tests.promises.bank_files DSN FOLDER`` types every command of the page in a folder with the banks' files and
writes anew what each prints.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import split

from tests.conftest import ROOT
from tests.promises.program import Finished, run_command

PAGE = ROOT / "docs" / "BANK_FILES.md"
BANKS = Path(__file__).parent / "banks"
STATEMENTS = ROOT / "tests" / "ops" / "csv_import" / "files"
_BLOCK = re.compile(r"(?ms)^```console\n(.*?)^```\n")
_PROMPT = "$ ledgermind "
_ID = re.compile(r"\bimport [0-9a-f]{12}\b")


def copy_files(folder: Path) -> None:
    """Put every file of the page into a folder."""
    for path in (*BANKS.iterdir(), *STATEMENTS.iterdir()):
        (folder / path.name).write_bytes(path.read_bytes())


def commands(page: str) -> Iterator[tuple[str, str]]:
    """Yield each command of the page, without the program's name, and what the page says it prints."""
    for block in _BLOCK.findall(page):
        for entry in block.split(_PROMPT)[1:]:
            command, _, printed = entry.partition("\n")
            yield command, printed


def printed(done: Finished) -> str:
    """Return what a command printed, its errors and warnings first; an import's id is left out."""
    text = "".join(f"{part.rstrip()}\n" for part in (done.stderr, done.stdout) if part.strip())
    return _ID.sub("import ID", text)


def written_anew(page: str, run: Callable[..., Finished]) -> str:
    """Return the page with what its commands print now."""

    def block(found: re.Match[str]) -> str:
        typed = [entry.partition("\n")[0] for entry in found[1].split(_PROMPT)[1:]]
        said = "".join(f"{_PROMPT}{command}\n{printed(run(*split(command)))}" for command in typed)
        return f"```console\n{said}```\n"

    return _BLOCK.sub(block, page)


def main() -> None:
    """Write the page anew."""
    dsn, folder = sys.argv[1], Path(sys.argv[2])
    copy_files(folder)

    def run(*words: str) -> Finished:
        return run_command(*words, directory=folder, variables={"LEDGERMIND_POSTGRES_DSN": dsn})

    PAGE.write_text(written_anew(PAGE.read_text(), run))


if __name__ == "__main__":
    main()
