"""Pages: which files of the project are pages of the site, and under which heading each stands."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
# Heading of the menu → files, as globs below the project's folder.
MENU: Final = {
    "Project": ("README.md", "ARCHITECTURE.md", "GLOSSARY.md", "CONTRIBUTING.md", "CHANGELOG.md"),
    "Guides": ("docs/*.md",),
    "Decisions": ("docs/adr/*.md",),
    "Runbooks": ("ops/deploy/runbooks/*.md",),
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page: ``source`` is its file below the project's folder, ``title`` the first heading of it."""

    source: PurePosixPath
    title: str
    text: str

    @property
    def place(self) -> PurePosixPath:
        """Where it lies in the site; the README is its front page."""
        return PurePosixPath("index.html") if self.source.name == "README.md" else self.source.with_suffix(".html")


def read_pages(root: Path = ROOT) -> dict[str, list[Page]]:
    """Return the pages of each heading of the menu, in its order."""
    return {
        heading: [_read(root, path) for pattern in patterns for path in sorted(root.glob(pattern))]
        for heading, patterns in MENU.items()
    }


def _read(root: Path, path: Path) -> Page:
    text = path.read_text(encoding="utf-8")
    heading = next((line for line in text.splitlines() if line.startswith("# ")), f"# {path.stem}")
    return Page(PurePosixPath(path.relative_to(root)), heading.removeprefix("# ").strip(), text)
