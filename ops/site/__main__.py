"""``python -m ops.site``: write the docs site into a folder, as the workflow publishes it."""

import argparse
import sys
from pathlib import Path
from typing import Final

from ops.errors import OpsError
from ops.site.build import build
from ops.site.pages import read_pages
from ops.warehouse.dbt import TARGET
from ops.warehouse.dbt_docs import PAGE
from scorer.errors import RegistryError
from scorer.release.manifest import CARD_PAGE
from scorer.release.registry import Registry
from streams.settings import read
from trainer.settings import TrainerSettings

SITE: Final = Path(".ledgermind") / "site"
CARD: Final = "card.html"
DBT: Final = "dbt.html"


def write_site(
    out: Path, *, registry: Registry, dbt_page: Path, source_url: str | None = None, site_url: str | None = None
) -> dict[str, bool]:
    """Write the site anew into ``out``; return whether the model card and dbt's documentation are in it.

    The card is that of the newest release. What is not there yet is left out of the menu.
    Raises OpsError where a link of a page leads nowhere.
    """
    extras = {}
    if (card := _card(registry)) is not None:
        extras[CARD] = ("Model card", card)
    if dbt_page.is_file():
        extras[DBT] = ("dbt documentation", dbt_page.read_bytes())
    build(out, read_pages(), extras=extras, source_url=source_url, site_url=site_url)
    return {"card": CARD in extras, "dbt": DBT in extras}


def _card(registry: Registry) -> bytes | None:
    try:
        versions = registry.versions()
        return registry.read(versions[-1]).get(CARD_PAGE) if versions else None
    except RegistryError:
        return None


def main() -> None:
    """Write the site and say where it is; leaves with 1 and the reasons where it cannot be built."""
    parser = argparse.ArgumentParser(prog="python -m ops.site", description="Write the docs site into a folder.")
    parser.add_argument("--out", type=Path, default=SITE, help="the folder; it is written anew")
    parser.add_argument("--registry", default=None, help="whose newest release gives the model card")
    parser.add_argument("--dbt", type=Path, default=TARGET / "docs" / PAGE, help="the page that make dbt-docs wrote")
    parser.add_argument("--source-url", default=None, help="where the project's files can be read, for links to them")
    parser.add_argument("--site-url", default=None, help="where the site will be published")
    given = parser.parse_args()
    registry = Registry(given.registry or read(TrainerSettings).registry)
    try:
        found = write_site(
            given.out, registry=registry, dbt_page=given.dbt, source_url=given.source_url, site_url=given.site_url
        )
    except OpsError as error:
        sys.exit(str(error))
    without = [name for name, is_there in found.items() if not is_there]
    print(f"{given.out / 'index.html'}" + (f" (without {' and '.join(without)})" if without else ""))  # noqa: T201


if __name__ == "__main__":
    main()
