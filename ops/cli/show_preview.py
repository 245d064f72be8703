"""Show preview: a preview of a file as lines for people or as one JSON object."""

import msgspec
import typer

from ops.csv_import.preview import Preview
from ops.csv_import.row import Row
from ops.csv_import.source import Opened


def show_preview(preview: Preview, *, as_json: bool) -> None:
    """Print how a file would be read, the doubts last."""
    if as_json:
        typer.echo(msgspec.json.encode(_summary(preview)).decode())
        return
    if preview.opened is not None:
        for name, value in _facts(preview.opened).items():
            typer.echo(f"{name:12}{value}")
    for row in preview.rows:
        one = row.transaction
        typer.echo(f"line {row.line}: {one.occurred_at:%Y-%m-%d %H:%M} {one.amount} {one.currency} {one.description}")
    typer.echo(f"{_sample(preview)}: {preview.money.words() or 'none reads as a transaction'}")
    for reason, (count, line) in preview.refused.items():
        typer.echo(f"refused: {count:,} rows, the first on line {line}: {reason}")
    for doubt in preview.doubts:
        typer.echo(f"doubt: {doubt}")


def _sample(preview: Preview) -> str:
    if preview.is_whole:
        return f"all {preview.sampled:,} rows"
    if not preview.parts:
        return f"the first {preview.sampled:,} rows"
    return f"{preview.sampled:,} rows of the beginning and {' and '.join(f'the {part}' for part in preview.parts)}"


def _facts(opened: Opened) -> dict[str, str]:
    layout = opened.layout
    names = [layout.header[place] if layout.header else str(place + 1) for place in range(layout.width)]
    if "amount_out" in layout.places or "amount_in" in layout.places:
        signs = "from columns for money out and in"
    elif "direction" in layout.places:
        signs = "from the direction column"
    else:
        signs = "positive is money going out" if opened.written.flip_sign else "negative is money going out"
    own = opened.table.has_own_header
    return {
        "format": opened.table.kind.value,
        "encoding": opened.encoding,
        "delimiter": repr(layout.delimiter) if layout.delimiter else "none",
        "header": "names of the format" if own else f"line {layout.header_line}" if layout.header else "none",
        "columns": ", ".join(f"{field}={names[place]}" for field, place in layout.places.items()),
        "dates": opened.written.date_format,
        "decimal": "whole numbers" if opened.decimal is None else opened.decimal.value,
        "signs": signs,
        "currency": opened.currency or "from the rows",
        "account": "from the rows" if "account_id" in layout.places else f"{opened.written.account_id} (--account-id)",
    }


def _summary(preview: Preview) -> dict[str, object]:
    money = preview.money
    return {
        "read": None if preview.opened is None else _facts(preview.opened),
        "rows": [_row(row) for row in preview.rows],
        "sampled": preview.sampled,
        "whole": preview.is_whole,
        "parts": [] if preview.is_whole else ["beginning", *preview.parts],
        "money_out": money.money_out,
        "money_in": money.money_in,
        "first_day": money.first_day,
        "last_day": money.last_day,
        "refused": [
            {"reason": reason, "count": count, "line": line} for reason, (count, line) in preview.refused.items()
        ],
        "doubts": preview.doubts,
    }


def _row(row: Row) -> dict[str, object]:
    one = row.transaction
    return {
        "line": row.line,
        "occurred_at": one.occurred_at,
        "amount": one.amount,
        "currency": one.currency,
        "description": one.description,
        "category": row.category,
    }
