import pytest

from ops.console.alerts import RUNBOOKS, _Alert, _link, runbook


def test_an_alert_of_ours_leads_to_its_runbook() -> None:
    assert sorted(RUNBOOKS.glob("*.md"))
    assert _link("MLFallbackSpike", _Alert("firing")) == "/runbooks/MLFallbackSpike"
    assert "# " in (runbook("MLFallbackSpike") or "")


@pytest.mark.parametrize(
    ("address", "link"),
    [("https://wiki.example/page", "https://wiki.example/page"), ("javascript:alert(1)", None), ("", None)],
    ids=["an address", "a script", "none"],
)
def test_only_an_address_becomes_a_link(address: str, link: str | None) -> None:
    assert _link("SomebodyElses", _Alert("firing", {}, {"runbook_url": address})) == link


@pytest.mark.parametrize("name", ["../SECURITY", "..%2fREADME", "", "Nobody"], ids=repr)
def test_a_name_that_is_no_runbook_reads_no_file(name: str) -> None:
    assert runbook(name) is None
