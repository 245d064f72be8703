"""Chromium: a page as a real browser lays it out, measured by a script that stands outside of it."""

import functools
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape, unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
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
    scripts: found("script,link,img").length, text: doc.body.innerText.slice(0, 20000),
    menu: found("nav a").map(node => node.textContent), background: getComputedStyle(doc.body).backgroundColor,
  }});
}};
document.getElementById("page").addEventListener("load", measure);
setTimeout(measure, 4000);
if (document.getElementById("page").contentDocument.readyState === "complete") measure();
</script>"""


def browser() -> str:
    """Return the path of Chromium; skips the test where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("chromium is not on the PATH")
    return found


def dump(url: str, *, directory: Path) -> str:
    """Return the document that the browser makes of an address, its scripts run, as HTML."""
    profile = f"--user-data-dir={directory / 'profile'}"
    done = subprocess.run(
        [browser(), *FLAGS, profile, "--virtual-time-budget=20000", "--dump-dom", url],
        capture_output=True, text=True, timeout=patience_seconds(), check=True,
    )  # fmt: skip
    return done.stdout


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a port of its own and yield the address."""
    handler = functools.partial(_Silent, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def measure_served(place: str, *, width: int, folder: Path, directory: Path) -> dict[str, Any]:
    """Return what the browser makes of a page of a folder, its scripts run, in a frame ``width`` pixels wide."""
    frame = FRAME.format(width=width, page="").replace('srcdoc=""', f'src="{place}"')
    (folder / "frame.html").write_text(frame, encoding="utf-8")
    with served(folder) as address:
        return _measured(dump(f"{address}/frame.html", directory=directory))


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
    return _measured(done.stdout)


def _measured(document: str) -> dict[str, Any]:
    out = re.search(r'<pre id="out">(.+?)</pre>', document, re.DOTALL)
    assert out is not None, document[-2_000:]
    found: dict[str, Any] = json.loads(unescape(out[1]))
    return found
