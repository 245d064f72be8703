"""``python -m ops.site``: write the site into a folder, as the workflow publishes it."""

import argparse
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from ops.site.pages import Page, read_pages
from ops.site.render import render
from ops.warehouse.dbt import TARGET
from ops.warehouse.dbt_docs import PAGE
from scorer.errors import RegistryError
from scorer.release.manifest import CARD_PAGE
from scorer.release.registry import Registry
from streams.settings import read
from trainer.settings import TrainerSettings

SITE: Final = Path(".ledgermind") / "site"
CARD: Final = PurePosixPath("card.html")
DBT: Final = PurePosixPath("dbt.html")


def write_site(out: Path, *, registry: Registry, dbt_page: Path) -> dict[str, bool]:
    """Write the site anew into ``out``; return whether the model card and dbt's documentation are in it.

    The card is that of the newest release. What is not there yet is left out of the menu.
    """
    pages = read_pages()
    card = _card(registry)
    menu = {heading: [(page.title, page.place) for page in found] for heading, found in pages.items()}
    extras = [("Model card", CARD)] if card is not None else []
    extras += [("dbt documentation", DBT)] if dbt_page.is_file() else []
    if extras:
        menu["Newest run"] = extras
    shutil.rmtree(out, ignore_errors=True)
    everything = [page for found in pages.values() for page in found]
    _write_pages(out, everything, menu)
    if card is not None:
        (out / CARD).write_bytes(card)
    if dbt_page.is_file():
        shutil.copyfile(dbt_page, out / DBT)
    return {"card": card is not None, "dbt": dbt_page.is_file()}


def _write_pages(out: Path, pages: list[Page], menu: Mapping[str, list[tuple[str, PurePosixPath]]]) -> None:
    files = [str(page.source) for page in pages]
    for page in pages:
        place = out / page.place
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(render(page, menu, files=files), encoding="utf-8")


def _card(registry: Registry) -> bytes | None:
    try:
        versions = registry.versions()
        return registry.read(versions[-1]).get(CARD_PAGE) if versions else None
    except RegistryError:
        return None


def main() -> None:
    """Write the site and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=SITE)
    parser.add_argument("--registry", default=None)
    parser.add_argument("--dbt", type=Path, default=TARGET / "docs" / PAGE)
    given = parser.parse_args()
    found = write_site(
        given.out, registry=Registry(given.registry or read(TrainerSettings).registry), dbt_page=given.dbt
    )
    without = [name for name, is_there in found.items() if not is_there]
    print(f"{given.out / 'index.html'}" + (f" (without {' and '.join(without)})" if without else ""))  # noqa: T201


if __name__ == "__main__":
    main()
