"""Own taxonomies for tests: nine for a household, one that splits Shopping into four, and ones of any number."""

import os
import subprocess
import sys
from pathlib import Path

import yaml

from schemas.taxonomy import DEFAULT, DEFAULT_CATEGORIES

ROOT = Path(__file__).parents[2]
HOUSEHOLD = {
    "Food": ("Groceries", "Dining"),
    "Getting around": ("Transport", "Fuel & Auto", "Travel"),
    "Home": ("Housing", "Utilities & Telecom", "Home & Garden", "Services"),
    "Things": ("Shopping",),
    "Body": ("Health", "Personal Care & Fitness"),
    "Fun": ("Entertainment", "Subscriptions & Digital"),
    "Learning": ("Education",),
    "Money matters": ("Insurance", "Fees & Interest", "Taxes & Government", "Charity & Donations", "Transfers & Debt"),
    "Pay": ("Income",),
}  # Cash is none of them
SHOPS = {"clothes": "clothes, shoes", "electronics": "electronics", "books": "books, gifts", "shops": "other shops"}


def household() -> str:
    """Return the text of nine categories; withdrawn cash is none of them."""
    mapped = {name: id_of(own) for own, names in HOUSEHOLD.items() for name in names}
    return write("household-1", {id_of(own): own for own in HOUSEHOLD}, mapped)


def id_of(name: str) -> str:
    """Return the id of a category of the household."""
    return name.lower().replace(" ", "-")


def split_shopping() -> str:
    """Return the text of the default's categories with four in place of Shopping, none of which the rules know."""
    names = {name: name for name in DEFAULT_CATEGORIES if name != "Shopping"} | {one: one.title() for one in SHOPS}
    mapped = {name: name for name in DEFAULT_CATEGORIES if name != "Shopping"}
    return write("shops-1", names, mapped)


def of(count: int) -> str:
    """Return the text of ``count`` categories; the default ones are spread over the first of them."""
    ids = [f"{place:04d}/ledger" for place in range(count)]
    names = {one: f"Ledger account {one}" for one in ids}
    return write(f"ledger-{count}", names, {name: ids[at % count] for at, name in enumerate(DEFAULT_CATEGORIES)})


def write(version: str, names: dict[str, str], mapped: dict[str, str]) -> str:
    """Return the text of a taxonomy: display name by id, and id by default category; those left out are none."""
    notes = {one.id: one.includes for one in DEFAULT.categories}
    included = {own: ", ".join(notes[name] for name, to in mapped.items() if to == own) for own in names}
    document = {
        "version": version,
        "categories": [
            {"id": own, "name": name, "includes": included[own] or f"{name} purchases"} for own, name in names.items()
        ],
        "from_default": {name: mapped.get(name) for name in DEFAULT_CATEGORIES},
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def run(*words: str, taxonomy: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    """Run Python with words in a process of its own, whose categories are those of the file."""
    named = {} if taxonomy is None else {"LEDGERMIND_TAXONOMY": str(taxonomy)}
    environment = {key: value for key, value in os.environ.items() if key != "LEDGERMIND_TAXONOMY"}
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, env=environment | named | more, check=False
    )
