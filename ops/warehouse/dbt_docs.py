"""Dbt docs: dbt's documentation as one static page, which fits a phone, too."""

from pathlib import Path
from typing import Final

from ops.warehouse.dbt import DbtError, Warehouse, run_dbt

PAGE: Final = "static_index.html"
# dbt's page is made for a desk: a menu 300 pixels wide beside the text. On a narrow screen the text comes first.
_NARROW: Final = """<style>
@media (max-width: 48rem) {
  html, body, .app { height: auto; overflow: visible; }
  .app.app-row { flex-direction: column-reverse; }
  .app-menu, .app-sidebar { width: 100%; min-width: 0; }
  .app-column, .app-body, .app-content, .app-scroll { position: static; flex: none; height: auto; overflow: visible; }
  .app-menu .app-scroll { padding-right: 1rem; }
  .app-content { width: 100%; }
  .app-content .app-frame, .app-content .app-details { min-width: 0; max-width: 100vw; }
  .app-content .panel-body, .app-content table { display: block; max-width: 100%; overflow-x: auto; }
  .app-content .app-header, .app-content .app-header .app-frame { left: 0; margin: 0; padding: .5rem; width: 100%; }
  .app-content .app-links, .app-content .app-title, .app-content .app-links .app-frame {
    position: static; left: 0; margin: 0; max-width: 100%; min-width: 0; padding: 0 0 0 .5rem; width: 100%;
  }
  .app-content .app-links ul { display: flex; flex-wrap: wrap; gap: 0 1rem; margin: 0; padding: .5rem; }
  #search { flex: 1 1 auto; left: 0; margin: 0; min-width: 0; width: 100%; }
  .app-content h1, .app-content h2 { overflow-wrap: anywhere; }
}
</style></head>"""


def write_docs(warehouse: Warehouse) -> Path:
    """Write the page below ``warehouse.target`` and return it; raises DbtError where dbt cannot or made none."""
    run_dbt(warehouse, "docs", "generate", "--static")
    page = warehouse.target / PAGE
    try:
        text = page.read_text(encoding="utf-8")
    except OSError as error:
        raise DbtError(f"dbt docs generate left no {PAGE}") from error
    page.write_text(text.replace("</head>", _NARROW, 1), encoding="utf-8")
    return page
