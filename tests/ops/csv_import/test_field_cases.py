"""Files as people have them are read to their right value, and what nobody can know is refused with the remedy."""

from pathlib import Path

import pytest

from ops.cli.csv_options import parse_reading
from ops.csv_import.cells import RefusedRow
from ops.csv_import.source import read_csv
from ops.errors import OpsError
from tests.support.doubtful_files import DOUBTFUL
from tests.support.field_cases import CASES, FieldCase


@pytest.mark.parametrize("one", [*CASES, *DOUBTFUL], ids=lambda one: one.name)
def test_a_file_has_its_right_value_or_a_reason(tmp_path: Path, one: FieldCase) -> None:
    path = tmp_path / "bank.csv"
    path.write_bytes(one.content)
    reading = parse_reading(one.options)
    if one.error is not None:
        with pytest.raises(OpsError) as caught:
            list(read_csv(path, reading.columns, reading.written))
        assert one.error in str(caught.value)
        return
    rows, refused = [], {}
    for row in read_csv(path, reading.columns, reading.written):
        if isinstance(row, RefusedRow):
            refused[row.line] = row.reason
            continue
        was = row.transaction
        rows.append((f"{was.occurred_at:%Y-%m-%d}", was.amount, was.currency, was.description))
    assert rows == one.rows
    assert refused.keys() == one.refused.keys()
    assert [reason for line, reason in refused.items() if one.refused[line] not in reason] == []
