"""A taxonomy file: what it may hold, and that each fault is one line that names it and says what to do."""

from pathlib import Path
from time import process_time

import pytest

from schemas.taxonomy import DEFAULT, DEFAULT_CATEGORIES
from schemas.taxonomy.definition import MAX_CATEGORIES, Taxonomy
from schemas.taxonomy.errors import TaxonomyError
from schemas.taxonomy.installed import MAX_BYTES, read_taxonomy
from schemas.taxonomy.parse import parse_taxonomy

FOOD = "{id: food, name: Food at home, includes: what is eaten}"
REST = "{id: rest, name: All else, includes: all else, parent: food}"
MAPPED = "\n".join(f"  {name}: {'food' if name == 'Groceries' else 'rest'}" for name in DEFAULT_CATEGORIES)


def write(*categories: str, version: str = "household-1", mapped: str = MAPPED, more: str = "") -> str:
    listed = "\n".join(f"- {category}" for category in categories or (FOOD, REST))
    return f"version: {version}\ncategories:\n{listed}\nfrom_default:\n{mapped}\n{more}\n"


def parse(text: str) -> Taxonomy:
    return parse_taxonomy(text, file="own.yml", default=DEFAULT)


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(TaxonomyError) as caught:
        parse(text)
    assert "\n" not in str(caught.value)
    assert all("\n" not in fault for fault in caught.value.faults)
    return caught.value.faults


def test_a_file_is_read_to_its_categories_and_mappings() -> None:
    found = parse(write(more="to_plaid: {food: FOOD_AND_DRINK}"))
    assert found.version == "household-1"
    assert found.ids == ("food", "rest")
    assert found.categories[1].parent == "food"
    assert found.from_default["Groceries"] == "food"
    assert found.from_default["Cash"] == "rest"
    assert found.to_plaid == {"food": "FOOD_AND_DRINK"}
    assert (found.find("food"), found.find("All else"), found.find("Dining")) == ("food", "rest", None)


def test_a_default_category_may_be_none_of_the_own() -> None:
    assert parse(write(mapped=MAPPED.replace("Cash: rest", "Cash: null"))).from_default["Cash"] is None


def test_the_default_s_own_text_is_a_taxonomy_and_an_unchanged_copy_of_it_may_be_named() -> None:
    text = (Path("schemas/taxonomy/default.yml")).read_text(encoding="utf-8")
    assert parse(text) == DEFAULT
    assert faults(text.replace("trains, buses", "trains")) == (
        "version 1.0 is the default taxonomy's: give yours another one, such as household-1",
    )


NO_VERSION = "\n".join(write().splitlines()[1:])
BAD = {
    "no text": ("", "is empty"),
    "only a comment": ("# nothing", "is empty"),
    "null": ("null", "expected the keys"),
    "a list": ("- a\n- b", "expected the keys"),
    "a text": ("taxonomy", "expected the keys"),
    "no YAML": ("version: [", "is not YAML"),
    "a tab": ("version:\n\t- a", "is not YAML"),
    "a control character": (write() + "\x07", "is not YAML"),
    "two documents": (write() + "---\n" + write(), "more than one YAML document"),
    "a key twice": (write(more="version: b"), "the key 'version' stands here twice"),
    "a key of a category twice": (write(FOOD[:-1] + ", id: b}", REST), "the key 'id' stands here twice"),
    "a default category twice": (write(more="  Cash: food"), "the key 'Cash' stands here twice"),
    "a list as a key": (write(more="? [a]\n: b"), "a key is a text"),
    "an alias": (write(more="x: &a 1\ny: *a"), "*a is an alias"),
    "deep": (write(more="x: " + "[" * 50 + "]" * 50), "more than 8 deep"),
    "an unknown key": (write(more="colours: red"), "unknown key 'colours'; known here: version"),
    "an unknown key of a category": (write("{id: a, name: A, includes: b, icon: x}", REST), "unknown key 'icon'"),
    "no version": (NO_VERSION, "version is missing"),
    "an empty version": (write(version='""'), "version is missing"),
    "a version with spaces": (write(version="of mine"), "version: use letters"),
    "a version in two parts": (write(version="{a: b}"), "version: expected a text"),
    "a long version": (write(version="a" * 65), "at most 64"),
    "the default's version": (write(version="1.0"), "version 1.0 is the default taxonomy's"),
    "no categories": ("version: a\nfrom_default: {}", "categories: expected a list"),
    "categories of no list": ("version: a\ncategories: {food: Food}", "categories: expected a list"),
    "no category": ("version: a\ncategories: []", "there are 0 categories: write 2 to 200"),
    "one category": (write(FOOD, mapped=MAPPED.replace("rest", "food")), "there are 1 categories: write 2 to 200"),
    "201 categories": (
        write(*(f"{{id: a{n}, name: A{n}, includes: b}}" for n in range(201))), "there are 201 categories",
    ),
    "a category of no mapping": (write(FOOD, REST, "food"), "line 5: a category is a mapping"),
    "no id": (write("{name: Food, includes: x}", REST), "id is missing"),
    "no name": (write("{id: food, includes: x}", REST), "name is missing"),
    "nothing included": (write("{id: food, name: Food}", REST), "includes is missing"),
    "an id twice": (write(FOOD, REST, FOOD.replace("at home", "out")), "the id 'food' stands twice"),
    "an id twice but for its case": (write(FOOD, REST, "{id: FOOD, name: x, includes: y}"), "the id 'FOOD' stands"),
    "an id twice but for its width": (write(FOOD, REST, "{id: \uff46ood, name: x, includes: y}"), "'\uff46ood'"),
    "a name twice": (write(FOOD, REST, "{id: b, name: food at home, includes: y}"), "is used twice: name 'b'"),
    "a name that is another's id": (write(FOOD, REST, "{id: b, name: Rest, includes: y}"), "the name of 'b' is the id"),
    "a long id": (write(FOOD, REST, f"{{id: {'a' * 65}, name: x, includes: y}}"), "64 characters at most"),
    "a long name": (write(FOOD, REST, f"{{id: a, name: {'x' * 65}, includes: y}}"), "64 characters at most"),
    "a long note": (write(FOOD, REST, f"{{id: a, name: x, includes: {'y' * 1001}}}"), "1,000 printable characters"),
    "an id with a control character": (write(FOOD, REST, r'{id: "a\u0007", name: x, includes: y}'), "id: expected one"),
    "an id with U+0000": (write(FOOD, REST, r'{id: "a\0b", name: x, includes: y}'), "id: expected one line"),
    "a name in two lines": (write(FOOD, REST, r'{id: a, name: "x\ny", includes: y}'), "name: expected one line"),
    "a name that turns the line": (write(FOOD, REST, r'{id: a, name: "x\u202Ey", includes: y}'), "name: expected one"),
    "half a character": (write(FOOD, REST, r'{id: "a\uD800", name: x, includes: y}'), ""),
    "an id with a quote": (write(FOOD, REST, '{id: "a\'); drop", name: x, includes: y}'), "cannot be an id"),
    "an id with an equals sign": (write(FOOD, REST, "{id: a=b, name: x, includes: y}"), "cannot be an id"),
    "an id with a comma": (write(FOOD, REST, '{id: "a,b", name: x, includes: y}'), "cannot be an id"),
    "an id with a brace": (write(FOOD, REST, '{id: "{{ a }}", name: x, includes: y}'), "cannot be an id"),
    "an id like an option": (write(FOOD, REST, "{id: --all, name: x, includes: y}"), "cannot be an id"),
    "an id with two spaces": (write(FOOD, REST, '{id: "a  b", name: x, includes: y}'), "cannot be an id"),
    "an id of a decomposed letter": (write(FOOD, REST, r'{id: "cafe\u0301", name: x, includes: y}'), "cannot be an id"),
    "an id that means none": (write(FOOD, REST, "{id: nothing, name: x, includes: y}"), "cannot be an id"),
    "an id that means each": (write(FOOD, REST, "{id: ALL, name: x, includes: y}"), "cannot be an id"),
    "an id of a list": (write(FOOD, REST, "{id: [a], name: x, includes: y}"), "id: expected a text"),
    "a parent that is not there": (write(FOOD, REST.replace("parent: food", "parent: b")), "no category with the id"),
    "its own parent": (write(FOOD, REST.replace("parent: food", "parent: rest")), "in a circle: rest -> rest"),
    "parents in a circle": (write(FOOD[:-1] + ", parent: rest}", REST), "in a circle: food -> rest -> food"),
    "no mapping": (write().partition("from_default")[0], "from_default: expected each default category"),
    "a mapping that is a list": (write(mapped="  - a"), "from_default: expected each default category"),
    "an unknown default": (write(more="").replace("Cash:", "Coins:"), "there is no default category 'Coins'"),
    "a mapping to nothing": (write().replace("Cash: rest", "Cash: coins"), "Cash: there is no category with"),
    "a mapping to two": (write().replace("Cash: rest", "Cash: [rest, food]"), "'Cash': expected one value, or null"),
    "a default that is left out": (write().replace("  Cash: rest\n", ""), "says nothing of Cash"),
    "Plaid's of nothing": (write(more="to_plaid: {coins: TRAVEL}"), "to_plaid: there is no category with"),
    "no primary of Plaid": (write(more="to_plaid: {food: FOOD}"), "'FOOD' is none of BANK_FEES"),
    "a name of a default that is something else": (
        write(FOOD, REST, "{id: groceries, name: x, includes: y}"),
        "groceries bears the name of the default Groceries, which from_default says is food",
    ),
    "a name of a default that is none": (
        write(FOOD, REST, "{id: c, name: CASH, includes: y}", mapped=MAPPED.replace("Cash: rest", "Cash: ~")),
        "c bears the name of the default Cash, which from_default says is null",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_fault_is_one_line_that_says_what_to_do(case: str) -> None:
    text, says = BAD[case]
    found = faults(text)
    assert any(says in fault for fault in found), found


def test_every_fault_is_named_and_the_line_says_how_many_more_there_are() -> None:
    text = write(FOOD, REST, FOOD, version="of mine", more="to_plaid: {food: FOOD}").replace("Cash: rest", "Cash: x")
    with pytest.raises(TaxonomyError, match="and 4 more: ledgermind taxonomy check lists them") as caught:
        parse(text)
    assert len(caught.value.faults) == 5


@pytest.mark.parametrize("count", [10_000, 100_000])
def test_ten_thousand_categories_are_refused_at_once(count: int) -> None:
    text = write(*(f"{{id: a{n}, name: A{n}, includes: b}}" for n in range(count)))
    begun = process_time()
    (fault,) = faults(text)
    assert "200 categories at most" in fault
    assert process_time() - begun < 5


def test_aliases_that_would_grow_without_bounds_are_refused_at_once() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 64))
    (fault,) = faults(bomb)
    assert "*a0 is an alias" in fault


def test_as_many_categories_as_may_be_with_long_texts_are_read() -> None:
    listed = [
        f"{{id: {n:03d}{'a' * 61}, name: {'ä' * 61}{n:03d}, includes: {'b' * 1000}, excludes: {'c' * 1000}}}"
        for n in range(MAX_CATEGORIES)
    ]
    mapped = "\n".join(f"  {name}: 007{'a' * 61}" for name in DEFAULT_CATEGORIES)
    assert len(parse(write(*listed, mapped=mapped)).ids) == MAX_CATEGORIES


def test_ids_of_many_scripts_and_with_our_marks_are_read() -> None:
    ids = ["Fuel & Auto", "6100/travel (EU)", "食料品", "Лекарства", "a_b-c.d+e", "5"]
    listed = [f'{{id: "{one}", name: n{place}, includes: x}}' for place, one in enumerate(ids)]
    mapped = "\n".join(f"  {name}: {'Fuel & Auto' if name == 'Fuel & Auto' else 'null'}" for name in DEFAULT_CATEGORIES)
    assert list(parse(write(*listed, mapped=mapped)).ids) == ids


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "latin.yml").write_bytes("version: é".encode("latin-1"))
    (tmp_path / "large.yml").write_bytes(b"#" * (MAX_BYTES + 1))
    says = {
        "latin.yml": "is not UTF-8 at byte 9",
        "large.yml": "is larger than",
        "none.yml": "cannot be read: No such file",
        "": "is no file: name a taxonomy file",
        "a\0b": "is no path of a file",
    }
    for name, words in says.items():
        with pytest.raises(TaxonomyError, match=words):
            read_taxonomy(tmp_path / name)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "own.yml"
    file.write_text(write(), encoding="utf-8-sig")
    assert read_taxonomy(file).ids == ("food", "rest")
