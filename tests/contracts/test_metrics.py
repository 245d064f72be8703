"""The metrics: the page, the registry and a scraped process name the same ones, and no label holds an id."""

import re
import time
from functools import cache
from pathlib import Path

import pytest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics import MetricWrapperBase

from ops.local.supervisor import Child
from ops.local.supervisor_metrics import ChildrenCollector
from ops.rollout import metrics as judge_metrics
from ops.training import retrain_metrics
from ops.warehouse import build_metrics
from ops.warehouse.dbt import Warehouse
from ops.warehouse.exporter import WarehouseCollector
from ops.warehouse.skew import FEATURES
from ops.warehouse.training_history import RESULTS
from ops.warehouse.watched_sources import FreshnessState
from streams import metrics
from streams.histogram import BatchHistogram
from streams.landing import metrics as landing_metrics
from tests.conftest import ROOT
from trainer.blockers import BlockerReason

PAGE = ROOT / "docs" / "METRICS.md"
ROW = re.compile(r"^\| `((?:lm|dbt)_[a-z_0-9]+)` \| (counter|gauge|histogram) \| (.*?) \| (.+) \|$", re.MULTILINE)
IDS = {"txn_id", "user_id", "account_id", "event_id", "merchant", "description", "offset", "worker"}
MODULES = (metrics, landing_metrics, judge_metrics, build_metrics, retrain_metrics)


@cache
def exported() -> dict[str, tuple[str, tuple[str, ...], str]]:
    """Return each metric that the programs declare: its type, its labels and what is said of it."""
    found = {}
    nowhere = Warehouse("postgresql://127.0.0.1:1/none", Path("nowhere"))
    for family in WarehouseCollector(nowhere, codes=dict, now=time.time).collect():
        assert isinstance(family, (GaugeMetricFamily, CounterMetricFamily))
        name = f"{family.name}_total" if family.type == "counter" else family.name
        found[name] = (family.type, tuple(family._labelnames), family.documentation)
    for family in ChildrenCollector([Child("child", ["true"], {})]).collect():
        assert isinstance(family, (GaugeMetricFamily, CounterMetricFamily))
        name = f"{family.name}_total" if family.type == "counter" else family.name
        found[name] = (family.type, tuple(family._labelnames), family.documentation)
    for metric in (value for module in MODULES for value in vars(module).values()):
        if isinstance(metric, (MetricWrapperBase, BatchHistogram)):
            for family in metric.collect() if isinstance(metric, BatchHistogram) else metric.describe():
                name = f"{family.name}_total" if family.type == "counter" else family.name
                found[name] = (family.type, tuple(getattr(metric, "_labelnames", ())), family.documentation)
    return found


def from_the_warehouse() -> set[str]:
    """Return the metrics that the exporter of the warehouse declares."""
    nowhere = Warehouse("postgresql://127.0.0.1:1/none", Path("nowhere"))
    families = WarehouseCollector(nowhere, codes=dict, now=time.time).collect()
    return {f"{family.name}_total" if family.type == "counter" else family.name for family in families}


@cache
def exported_values() -> dict[str, dict[str, set[str]]]:
    """Return the values of each metric's labels that are there from the start: those of closed lists."""
    found: dict[str, dict[str, set[str]]] = {}
    nowhere = Warehouse("postgresql://127.0.0.1:1/none", Path("nowhere"))
    families = list(WarehouseCollector(nowhere, codes=dict, now=time.time).collect())
    families += [
        family
        for module in MODULES
        for metric in vars(module).values()
        if isinstance(metric, (MetricWrapperBase, BatchHistogram))
        for family in metric.collect()
    ]
    for family in families:
        name = f"{family.name}_total" if family.type == "counter" else family.name
        for sample in family.samples:
            for label, value in sample.labels.items():
                if label != "le":
                    found.setdefault(name, {}).setdefault(label, set()).add(value)
    return found


def test_the_page_holds_every_metric_as_it_is_exported() -> None:
    page = {
        name: (kind, tuple(re.findall(r"`([a-z_]+)`", labels)), meaning)
        for name, kind, labels, meaning in ROW.findall(PAGE.read_text())
    }
    assert page == exported()


@pytest.mark.parametrize("name", sorted(exported()))
def test_no_label_is_an_id_and_every_name_is_ours(name: str) -> None:
    _, labels, _ = exported()[name]
    assert IDS.isdisjoint(labels)
    assert name.startswith(("lm_", "dbt_"))


def test_the_page_names_every_value_of_the_labels_of_trainings_and_skew() -> None:
    page = PAGE.read_text()
    for value in (*(result.lower() for result in RESULTS), *BlockerReason, *FreshnessState, *FEATURES):
        assert f"`{value}`" in page, value
