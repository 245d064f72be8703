"""Pages: which files of the project are pages of the site, and under which heading each stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from ops.site.contracts import contract_pages

ROOT: Final = Path(__file__).resolve().parents[2]
CONTRACTS: Final = "API contracts"
_REFERENCE: Final = (
    "docs/METRICS.md",
    "docs/EXIT_CODES.md",
    "docs/BAD_INPUT.md",
    "docs/ML_CANARY_QUICK_REF.md",
    "docs/FAULTS.md",
    "docs/PROMISES.md",
    "docs/BENCHMARKS.md",
    "docs/EXPERIMENTS.md",
    "docs/MOVES.md",
)
# Heading of the menu → files, as globs below the project's folder; a file stands where it is named first.
_MENU: Final = {
    "Project": ("README.md", "ARCHITECTURE.md", "GLOSSARY.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"),
    "Reference": _REFERENCE,
    "Guides": ("docs/*.md",),
    "Runbooks": ("ops/deploy/runbooks/*.md",),
    "Decisions": ("docs/adr/*.md",),
}
_ORDER: Final = ("Project", "Guides", "Reference", CONTRACTS, "Runbooks", "Decisions")


@dataclass(frozen=True, slots=True)
class Page:
    """One page: ``source`` is its file below the project's folder, ``title`` its first heading without marks."""

    source: PurePosixPath
    title: str
    text: str

    @property
    def place(self) -> PurePosixPath:
        """Where it lies in the site; a README is the front page of its folder."""
        return self.source.with_name("index.html") if self.source.stem == "README" else self.source.with_suffix(".html")


def read_pages(root: Path = ROOT) -> dict[str, list[Page]]:
    """Return the pages of each heading of the menu, in its order; the contracts' are made from the schemas."""
    found: dict[str, list[Page]] = {CONTRACTS: [_page(PurePosixPath(path), text) for path, text in contract_pages()]}
    taken: set[Path] = set()
    for heading, patterns in _MENU.items():
        files = [path for pattern in patterns for path in sorted(root.glob(pattern)) if path not in taken]
        taken.update(files)
        found[heading] = list(_read(root, files))
    return {heading: found[heading] for heading in _ORDER}


def _read(root: Path, files: list[Path]) -> Iterator[Page]:
    for path in files:
        yield _page(PurePosixPath(path.relative_to(root)), path.read_text(encoding="utf-8"))


def _page(source: PurePosixPath, text: str) -> Page:
    heading = next((line for line in text.splitlines() if line.startswith("# ")), f"# {source.stem}")
    return Page(source, heading.removeprefix("# ").replace("`", "").strip(), text)
