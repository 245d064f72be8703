import pytest

from ops.console.guard import is_known_host


@pytest.mark.parametrize("host", ["127.0.0.1:6090", "localhost:6090", "LOCALHOST", "[::1]:6090", "127.0.0.1"], ids=str)
def test_names_of_this_machine_lead_to_a_console_on_loopback(host: str) -> None:
    assert is_known_host(host, listens_at="127.0.0.1")


@pytest.mark.parametrize("host", ["evil.example:6090", "127.0.0.1.evil.example", "10.0.0.4", ""], ids=repr)
def test_another_name_does_not(host: str) -> None:
    assert not is_known_host(host, listens_at="127.0.0.1")
    assert is_known_host(host, listens_at="0.0.0.0")
    assert not is_known_host(host, listens_at="0.0.0.0", allowed=("127.0.0.1", "LocalHost"))


@pytest.mark.parametrize("host", ["127.0.0.1:6090", "localhost", "[::1]:6090"], ids=str)
def test_a_name_that_is_allowed_leads_to_it_wherever_it_listens(host: str) -> None:
    assert is_known_host(host, listens_at="0.0.0.0", allowed=("127.0.0.1", "LocalHost", "::1"))
