"""Chromium: a page as a real browser lays it out, measured by a script that stands outside of it."""

import json
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

from ops.patience import patience_seconds

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update",
    "--disable-background-networking", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip
# The page stands in a frame of the width asked for: a window has a smallest width of its own.
FRAME = """<!doctype html><meta charset="utf-8"><body style="margin:0"><pre id="out"></pre>
<iframe id="page" style="border:0;width:{width}px;height:900px" srcdoc="{page}"></iframe><script>
const measure = () => {{
  const doc = document.getElementById("page").contentDocument, root = doc.documentElement;
  const found = selector => [...doc.querySelectorAll(selector)];
  document.getElementById("out").textContent = JSON.stringify({{
    width: root.clientWidth, needs: root.scrollWidth,
    headings: found("h1,h2").map(node => node.textContent),
    tables: found("table").map(node => [node.rows.length, node.querySelectorAll("th[scope=col]").length]),
    unnamed: found("svg").filter(node => !node.getAttribute("aria-label")).length,
    unreachable: found(".scroll").filter(node => node.tabIndex !== 0 || !node.getAttribute("aria-label")).length,
    dead: found("nav a").filter(node => !doc.getElementById(node.hash.slice(1))).length,
    scripts: found("script,link,img").length, background: getComputedStyle(doc.body).backgroundColor,
  }});
}};
document.getElementById("page").addEventListener("load", measure);
if (document.getElementById("page").contentDocument.readyState === "complete") measure();
</script>"""


def browser() -> str:
    """Return the path of Chromium; skips the test where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("chromium is not on the PATH")
    return found


def measure(page: str, *, width: int, directory: Path) -> dict[str, Any]:
    """Return what the browser makes of a page in a frame ``width`` pixels wide."""
    frame = directory / "frame.html"
    frame.write_text(FRAME.format(width=width, page=escape(page)), encoding="utf-8")
    done = subprocess.run(
        [
            browser(), *FLAGS, f"--user-data-dir={directory / 'profile'}", "--virtual-time-budget=5000", "--dump-dom",
            frame.as_uri(),
        ],
        capture_output=True, text=True, timeout=patience_seconds(), check=True,
    )  # fmt: skip
    out = re.search(r'<pre id="out">(.+?)</pre>', done.stdout, re.DOTALL)
    assert out is not None, done.stderr[-2_000:]
    found: dict[str, Any] = json.loads(unescape(out[1]))
    return found
