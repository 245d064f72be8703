"""Build: the pages laid out as one folder, and mkdocs run over it in its strict mode."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import yaml

from ops.errors import OpsError
from ops.site.contracts import contract_files
from ops.site.links import lead
from ops.site.pages import ROOT, Page

Menu = Mapping[str, Sequence[Page]]
_HERE: Final = Path(__file__).resolve().parent
_ASSETS: Final = {
    "site.css": _HERE / "site.css",
    "site.js": _HERE / "site.js",
    "iframe-worker.js": _HERE / "iframe-worker.js",
    "icon.svg": ROOT / "ops" / "console" / "static" / "icon.svg",
}


def build(
    out: Path,
    menu: Menu,
    *,
    extras: Mapping[str, tuple[str, bytes]],
    source_url: str | None = None,
    site_url: str | None = None,
) -> None:
    """Write the site anew into ``out``.

    ``extras`` are pages that are HTML already: file name → its title in the menu, and its bytes.
    ``source_url`` is where files of the project that are no page can be read, ``site_url`` where the site will be.
    Raises OpsError with the lines of mkdocs where a link leads nowhere, and where mkdocs is not installed.
    """
    if importlib.util.find_spec("material") is None:
        raise OpsError("mkdocs-material is not installed; it comes with the development environment: make setup")
    with TemporaryDirectory(prefix="ledgermind-site-") as folder:
        stage = Path(folder)
        _lay_out(stage / "docs", menu, extras, source_url)
        config = {
            "INHERIT": str(_HERE / "mkdocs.yml"),
            "docs_dir": str(stage / "docs"),
            "site_dir": str(out.resolve()),
            "site_url": site_url or "",
            "nav": _nav(menu, extras),
        }
        (stage / "mkdocs.yml").write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), encoding="utf-8")
        shutil.rmtree(out, ignore_errors=True)
        _run(stage / "mkdocs.yml")


def _lay_out(docs: Path, menu: Menu, extras: Mapping[str, tuple[str, bytes]], source_url: str | None) -> None:
    pages = [page for found in menu.values() for page in found]
    documents = contract_files()
    within = {str(page.source) for page in pages} | set(documents)
    files = {str(page.source): lead(page, within=within, source_url=source_url).encode() for page in pages}
    files |= {name: (ROOT / name).read_bytes() for name in documents}
    files |= {f"assets/{name}": path.read_bytes() for name, path in _ASSETS.items()}
    files |= {name: content for name, (_, content) in extras.items()}
    for name, content in files.items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_bytes(content)


def _nav(menu: Menu, extras: Mapping[str, tuple[str, bytes]]) -> list[Any]:
    nav: list[Any] = [{heading: [{page.title: str(page.source)} for page in pages]} for heading, pages in menu.items()]
    if extras:
        nav.append({"Newest run": [{title: name} for name, (title, _) in extras.items()]})
    return nav


def _run(config: Path) -> None:
    # Without --quiet: it hides warnings from the count that the strict mode goes by, too.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(config)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OpsError("the docs site cannot be built:\n" + (done.stderr or done.stdout).strip())
