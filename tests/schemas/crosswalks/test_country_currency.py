"""A country has one currency, and a currency of one country names it; what is unknown names none."""

import pytest

from schemas.crosswalks.country_currency import COUNTRY_OF_CURRENCY, CURRENCIES, NO_CURRENCY, currency_of


@pytest.mark.parametrize(
    ("country", "currency"),
    [("GB", "GBP"), ("DE", "EUR"), ("FR", "EUR"), ("US", "USD"), ("ZA", "ZAR")],
)
def test_a_country_has_its_currency(country: str, currency: str) -> None:
    assert currency_of(country) == currency


@pytest.mark.parametrize("country", [None, "", "XX", "gb", "GBR"])
def test_what_is_no_country_of_ours_has_none(country: str | None) -> None:
    assert currency_of(country) == NO_CURRENCY


def test_the_way_back_leads_to_a_country_that_has_the_currency() -> None:
    assert set(COUNTRY_OF_CURRENCY) <= CURRENCIES
    assert {currency: currency_of(country) for currency, country in COUNTRY_OF_CURRENCY.items() if country} == {
        currency: currency for currency, country in COUNTRY_OF_CURRENCY.items() if country
    }


def test_every_currency_is_a_code_of_three_letters() -> None:
    assert all(len(code) == 3 and code.isalpha() and code.isupper() for code in CURRENCIES)
