"""Record mapping: a compiled mapping, which makes a Transaction, a fault or a reason to skip of each record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from string import ascii_uppercase
from typing import Final

import msgspec

from schemas.events.dead_letter import DeadLetterReason, RecordError
from schemas.events.skip_reason import SkipReason
from schemas.events.transaction import MAX_TIME, MIN_TIME, TRANSACTION_SCHEMA_VERSION, Transaction, find_error
from streams.process.codec import EMPTY, MAX_VALUE_BYTES, NULL_KEY, NULL_VALUE, OVERSIZE, has_nul
from streams.process.decode_errors import diagnose_document
from streams.process.input_mapping.fault import UnreadableError, invalid, missing
from streams.process.input_mapping.money import amount_reader
from streams.process.input_mapping.path import KEY_PATH, RecordPath
from streams.process.input_mapping.record_type import Values, build_decoder
from streams.process.input_mapping.skips import skip_reader
from streams.process.input_mapping.spec import MappingSpec, TextSpec
from streams.process.input_mapping.texts import channel_reader, scalar_text, text_reader
from streams.process.input_mapping.times import occurred_at_reader

MappedRecord = Transaction | RecordError | SkipReason
ReadKey = Callable[[bytes | None, Transaction, Values], RecordError | None]
_PLACE: Final = " - at `$."
_CURRENCY_CODES: Final = frozenset(map("".join, product(ascii_uppercase, repeat=3)))
_COUNTRY_CODES: Final = frozenset(map("".join, product(ascii_uppercase, repeat=2)))
_MCC_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class RecordMapping:
    """A mapping of a name and a version that changes with any byte of its file; ``decode`` never raises."""

    version: str
    spec: MappingSpec
    decode: Callable[[bytes | None, bytes | None], MappedRecord]
    values: Callable[[bytes | None, bytes], tuple[Values, dict[str, int]]]
    readers: Mapping[str, Callable[[Values], object]]


def compile_mapping(spec: MappingSpec, *, version: str) -> RecordMapping:
    """Return the functions of a spec; raises ValueError where its paths contradict each other."""
    paths = list(spec.paths().values())
    inside = sorted((path for path in paths if not path.is_key), key=lambda path: path.has_items)
    decode_record, gather = build_decoder(inside, [spec.money.source.text])
    index = {path.text: place for place, path in enumerate(inside)} | {KEY_PATH: len(inside)}
    uses_key = len(inside) < len(paths)
    texts = {target: text_reader(text, index) for target, text in spec.texts.items() if target != "channel"}
    nothing = TextSpec("")
    channel = channel_reader(spec.texts.get("channel", nothing), index)
    txn_id, user_id, account_id, description = (
        texts[target] for target in ("txn_id", "user_id", "account_id", "description")
    )
    none: Callable[[Values], str | None] = lambda values: None  # noqa: E731 - as short as what it says
    merchant, mcc_of, country_of = (texts.get(target, none) for target in ("merchant", "mcc", "country"))
    currency_of = texts["currency"]
    amount, occurred_at = amount_reader(spec.money, index), occurred_at_reader(spec.time, index)
    skip = skip_reader(spec.skips, index)
    key_error = _key_reader(spec.key, index)

    def values_of(key: bytes | None, value: bytes) -> Values:
        values = gather(decode_record(value))
        return (*values, _key_text(key)) if uses_key else values

    def decode(key: bytes | None, value: bytes | None) -> MappedRecord:
        if not value:
            return EMPTY if value == b"" else NULL_VALUE
        if len(value) > MAX_VALUE_BYTES:
            return OVERSIZE
        try:
            values = gather(decode_record(value))
            if uses_key:
                values = (*values, _key_text(key))
            if skip is not None and (reason := skip(values)) is not None:
                return reason
            currency = currency_of(values) or ""
            at = occurred_at(values)
            mcc, country = mcc_of(values), country_of(values)
            transaction = Transaction(
                schema_version=TRANSACTION_SCHEMA_VERSION,
                txn_id=txn_id(values) or "",
                user_id=user_id(values) or "",
                account_id=account_id(values) or "",
                occurred_at=at,
                amount=amount(values, currency),
                currency=currency,
                description=description(values) or "",
                merchant=merchant(values),
                mcc=mcc,
                country=country,
                channel=channel(values),
            )
        except UnreadableError as error:
            return error.error
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            return _misshapen(value, error)
        # The amount is right by how it was made; what is left to look at is little.
        is_sound = (
            currency in _CURRENCY_CODES
            and MIN_TIME <= at <= MAX_TIME
            and (mcc is None or (len(mcc) == _MCC_DIGITS and mcc.isascii() and mcc.isdigit()))
            and (country is None or country in _COUNTRY_CODES)
        )
        if not is_sound:
            fault = find_error(transaction)
            if fault is not None:
                return _placed(fault, spec)
        if b"\\" in value and b"\\u0000" in value and has_nul(transaction):
            return RecordError(DeadLetterReason.INVALID_VALUE, "a text field holds the character U+0000")
        return key_error(key, transaction, values) or transaction

    readers: dict[str, Callable[[Values], object]] = dict(texts)
    readers |= {"occurred_at": occurred_at, "amount": lambda values: amount(values, currency_of(values) or "")}
    if "channel" in spec.texts:
        readers["channel"] = channel
    return RecordMapping(version, spec, decode, lambda key, value: (values_of(key, value), index), readers)


def _key_text(key: bytes | None) -> str | None:
    if key is None:
        return None
    try:
        return key.decode()
    except UnicodeDecodeError:
        raise invalid(KEY_PATH, "is not UTF-8", "user_id") from None


def _key_reader(key: str | RecordPath | None, index: Mapping[str, int]) -> ReadKey:
    """Return what finds whether a record's key is not the one that the mapping asks for."""
    if key is None:
        return lambda found, transaction, values: None
    name = key if isinstance(key, str) else key.text
    mismatch = RecordError(DeadLetterReason.KEY_MISMATCH, f"key: is not the {name}")
    null = (
        NULL_KEY if name == "user_id" else RecordError(DeadLetterReason.NULL_KEY, f"key: is null, {name} was expected")
    )

    def read(found: bytes | None, transaction: Transaction, values: Values) -> RecordError | None:
        if found is None:
            return null
        if isinstance(key, str):
            wanted = transaction.user_id if key == "user_id" else transaction.account_id
        else:
            try:
                text = scalar_text(values[index[key.text]])
            except TypeError:
                return mismatch
            if text is None:
                return missing(key.text, "the key").error
            wanted = text
        return None if found == wanted.encode() else mismatch

    return read


def _placed(fault: RecordError, spec: MappingSpec) -> RecordError:
    """Return a breach of the contract with the path that the field was read from."""
    field, _, what = fault.detail.partition(": ")
    sources = spec.sources_of(field)
    return RecordError(fault.reason, f"{sources[0].text}: {what} (for {field})") if sources else fault


def _misshapen(value: bytes, error: Exception) -> RecordError:
    """Return the fault of a value that is no JSON, or has an object or a list where the paths say otherwise."""
    found = diagnose_document(value)
    if isinstance(found, RecordError):
        return found
    path = str(error).partition(_PLACE)[2].rstrip("`")
    return RecordError(DeadLetterReason.WRONG_TYPE, f"{path or 'value'}: has the wrong type")
