"""The card in a real browser: everything is there, nothing sticks out on a phone, nothing is fetched."""

from pathlib import Path

import pytest

from scorer.release.manifest import CARD_PAGE
from tests.e2e.chromium import browser, measure
from tests.support.small_dataset import release

pytestmark = pytest.mark.integration
HEADINGS = {
    "Not to be used for", "Where it comes from", "How well it did", "Bands", "By category, on the gate fold",
    "Calibration on the gate fold", "Ablation by feature group", "Reliability and risk",
    "Reliability by category", "Thresholds by category", "Truth by answer",
}  # fmt: skip


@pytest.mark.parametrize("width", [400, 1280])
def test_the_card_fits_and_is_whole(tmp_path: Path, width: int) -> None:
    browser()
    version, files = release()
    seen = measure(files[CARD_PAGE].decode(), width=width, directory=tmp_path)
    assert seen["width"] == width
    assert seen["needs"] <= width
    assert set(seen["headings"]) == HEADINGS | {f"Model {version}"}
    assert len(seen["tables"]) == 6
    assert all(rows > 1 and columns > 1 for rows, columns in seen["tables"])
    assert [seen[name] for name in ("unnamed", "unreachable", "dead", "scripts")] == [0, 0, 0, 0]


def test_a_page_that_is_too_wide_is_found_out(tmp_path: Path) -> None:
    browser()
    wide = '<!doctype html><body><div style="width:700px">wide</div><svg></svg></body>'
    seen = measure(wide, width=400, directory=tmp_path)
    assert seen["needs"] > 400
    assert seen["unnamed"] == 1
