"""Dbt docs: dbt's documentation as one static page, which fits a phone and is used by keyboard, too."""

import re
from pathlib import Path
from typing import Final

from ops.warehouse.dbt import DbtError, Warehouse, run_dbt

PAGE: Final = "static_index.html"
_NO_ICON: Final = re.compile(r"<link[^>]*\$\{require[^>]*>")  # of a file that dbt does not have
# dbt's page is made for a desk and a mouse. On a narrow screen the text comes before the menu of 300 pixels.
# Entries of the menu are links without an address, which the keyboard passes over.
_ADDED: Final = """<link rel="icon" href="data:,"><style>
a:focus-visible { outline: 2px solid #0b62c4 !important; outline-offset: -2px; }
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
</style><script>
(() => {
  const entries = "a[ng-click]:not([href])";
  const mark = () => document.querySelectorAll(`${entries}:not([tabindex])`).forEach(entry => {
    entry.tabIndex = 0;
    entry.setAttribute("role", "button");
  });
  new MutationObserver(mark).observe(document, {childList: true, subtree: true});
  document.addEventListener("keydown", event => {
    if (["Enter", " "].includes(event.key) && event.target.matches(entries)) {
      event.preventDefault();
      event.target.click();
    }
  });
})();
</script></head>"""


def write_docs(warehouse: Warehouse) -> Path:
    """Write the page below ``warehouse.target`` and return it; raises DbtError where dbt cannot or made none."""
    run_dbt(warehouse, "docs", "generate", "--static")
    page = warehouse.target / PAGE
    try:
        text = page.read_text(encoding="utf-8")
    except OSError as error:
        raise DbtError(f"dbt docs generate left no {PAGE}") from error
    page.write_text(_NO_ICON.sub("", text).replace("</head>", _ADDED, 1), encoding="utf-8")
    return page
