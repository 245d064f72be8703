"""What a reader is promised: one command writes a site that needs neither a server nor the network."""

import re
import subprocess
from pathlib import Path

import pytest

from ops.patience import patience_seconds

ROOT = Path(__file__).parents[2]


@pytest.mark.promise(
    "`make docs` writes guides, API contracts, metrics, runbooks and decisions as one searchable site "
    "that opens without a server and fetches nothing.",
    "README.md",
)
def test_one_command_writes_a_site_that_opens_from_its_folder(tmp_path: Path) -> None:
    words = f"--out {tmp_path / 'site'} --registry {tmp_path / 'none'} --dbt {tmp_path / 'none.html'}"
    done = subprocess.run(
        ["make", "--no-print-directory", "docs", f"ARGS={words}"],
        cwd=ROOT, capture_output=True, text=True, timeout=2 * patience_seconds(), check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith(str(tmp_path / "site" / "index.html"))
    pages = {path.relative_to(tmp_path / "site").as_posix(): path.read_text() for path in tmp_path.rglob("*.html")}
    for page in (
        "docs/OBSERVABILITY.html",
        "schemas/contracts/suggestions.html",
        "docs/METRICS.html",
        "ops/deploy/runbooks/MLFallbackSpike.html",
        "docs/adr/0003-one-champion.html",
    ):
        assert page in pages
        assert f'href="{page}"' in pages["index.html"]
    loaded = [one for text in pages.values() for one in re.findall(r'<(?:script|img)[^>]*\ssrc="([^"]+)"', text)]
    assert loaded
    assert [one for one in loaded if re.match("[a-z]+:|//", one)] == []
    assert "MLFallbackSpike" in (tmp_path / "site" / "search" / "search_index.js").read_text()
