"""A path leads to one value of a JSON object; what leads nowhere is nothing, and what is no path is refused."""

import pytest

from streams.process.input_mapping.path import KEY_PATH, MAX_DEPTH, MAX_PATH, parse_path, walk

DOCUMENT = {"a": {"b.c": [{"d": 1}, {"d": None}]}, "list": [[7]]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param('a["b.c"][0].d', 1, id="names and items"),
        pytest.param("list[0][0]", 7, id="lists of lists"),
        pytest.param('a["b.c"][1].d', None, id="null"),
        pytest.param('a["b.c"][2].d', None, id="behind the end"),
        pytest.param("a[0]", None, id="an item of an object"),
        pytest.param("list.length", None, id="a name of a list"),
        pytest.param("a.x.y.z", None, id="below nothing"),
    ],
)
def test_a_path_finds_its_value_or_nothing(text: str, value: object) -> None:
    assert walk(DOCUMENT, parse_path(text)) == value


@pytest.mark.parametrize(
    "text", ["", "a..b", "a.", "[0].a", "a[100]", "a[-1]", "a b[", 'a[""]', ".".join("a" * (MAX_DEPTH + 1))]
)
def test_what_is_no_path_is_refused_with_how_one_is_written(text: str) -> None:
    with pytest.raises(ValueError, match="is no path"):
        parse_path(text)


def test_a_path_leaves_room_in_a_dead_letter_for_what_is_wrong() -> None:
    with pytest.raises(ValueError, match=f"longer than {MAX_PATH} characters"):
        parse_path("a" * (MAX_PATH + 1))


def test_the_record_s_key_is_no_name_of_its_value() -> None:
    path = parse_path(KEY_PATH)
    assert path.is_key
    assert path.parts == ()
    assert not parse_path("key").is_key
