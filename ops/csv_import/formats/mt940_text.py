"""MT940 text: field 86 as the name of the other party and the text of the payment, in the ways banks structure it."""

import re
from typing import Final

_STRUCTURED: Final = re.compile(r"[0-9]{3}([^0-9A-Za-z\s/])(?=[0-9]{2})").match
_KEYWORD: Final = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP)\+")
_SLASHED: Final = re.compile(r"/(TRTP|TRCD|IBAN|BIC|NAME|REMI|EREF|MARF|CSID|ISDT|CNTP|BENM|ORDP|PURP|ID|ADDR|KREF)/")
_CUT: Final = 27  # characters of a part of the text: a longer word goes on in the next one


def text_of_payment(lines: list[str]) -> tuple[str, str]:
    """Return the other party and the text of field 86, in the ways that banks structure it, else all of it as text."""
    whole = "".join(lines)
    if (mark := _STRUCTURED(whole)) is not None:
        parts = [(part[:2], part[2:]) for part in whole.split(mark[1])[1:] if part[:2].isdigit()]
        purpose = _flow([text for key, text in parts if "20" <= key <= "29" or "60" <= key <= "63"])
        return _flow([text for key, text in parts if key in {"32", "33"}]), _keyword(purpose, "SVWZ") or purpose
    if len(_SLASHED.findall(whole)) >= 2:
        pieces = _SLASHED.split(whole)
        named = dict(zip(pieces[1::2], pieces[2::2], strict=True))
        party = named.get("NAME") or named.get("CNTP", "").split("/")[-1]
        return party.strip(), named.get("REMI", "").removeprefix("USTD//").strip(" /") or named.get("TRTP", "").strip()
    return "", " ".join(line.strip() for line in lines)


def _flow(parts: list[str]) -> str:
    """Return parts one behind the other; a part that fills its line goes on in the next without a blank."""
    return "".join(part if len(part) >= _CUT else f"{part} " for part in parts).strip()


def _keyword(text: str, wanted: str) -> str:
    pieces = _KEYWORD.split(text)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True)).get(wanted, "").strip()
