"""The metrics: the page, the registry and a scraped process name the same ones, and no label holds an id."""

import re
import time
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from ops.dbt import Warehouse
from ops.warehouse_metrics import WarehouseCollector
from streams import landing_metrics, metrics
from streams.histogram import BatchHistogram
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "METRICS.md"
ROW = re.compile(r"^\| `(lm_[a-z_]+)` \| (counter|gauge|histogram) \| (.*?) \| (.+) \|$", re.MULTILINE)
IDS = {"txn_id", "user_id", "account_id", "event_id", "merchant", "description", "offset", "worker"}
MODULES = (metrics, landing_metrics)
ERROR = "lm_ml_expected_accuracy_error"  # known to the warehouse only, where labels are


def exported() -> dict[str, tuple[str, tuple[str, ...], str]]:
    """Return each metric that the stream programs declare: its type, its labels and what is said of it."""
    found = {}
    for metric in (value for module in MODULES for value in vars(module).values()):
        if isinstance(metric, (MetricWrapperBase, BatchHistogram)):
            for family in metric.collect() if isinstance(metric, BatchHistogram) else metric.describe():
                name = f"{family.name}_total" if family.type == "counter" else family.name
                found[name] = (family.type, tuple(getattr(metric, "_labelnames", ())), family.documentation)
    return found


def test_the_page_holds_every_metric_as_it_is_exported() -> None:
    page = {
        name: (kind, tuple(re.findall(r"`([a-z_]+)`", labels)), meaning)
        for name, kind, labels, meaning in ROW.findall(PAGE.read_text())
    }
    assert {name: row for name, row in page.items() if name != ERROR} == exported()


@pytest.mark.parametrize("name", sorted(exported()))
def test_no_label_is_an_id_and_every_name_is_ours(name: str) -> None:
    _, labels, _ = exported()[name]
    assert IDS.isdisjoint(labels)
    assert name.startswith("lm_")


def test_the_page_holds_every_metric_of_the_warehouse_as_it_is_exported(tmp_path: Path) -> None:
    collector = WarehouseCollector(Warehouse("postgresql://127.0.0.1:1/none", tmp_path), now=time.time)
    exported = {family.name: (family.type, family.documentation) for family in collector.collect()}
    row = re.compile(rf"^\| `(dbt_[a-z_]+|{ERROR})` \| (gauge) \| .*? \| (.+) \|$", re.MULTILINE)
    assert {name: (kind, meaning) for name, kind, meaning in row.findall(PAGE.read_text())} == exported
