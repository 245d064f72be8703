"""RolloutRecord: one link of the hash chain that says who is served what, on the topic ``rollout-state``."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from schemas.events.overrides import Override, hash_overrides, overrides_error
from schemas.events.transaction import Instant, time_error
from schemas.hash_chain import ChainLink, Sha256, hash_json, link_error
from schemas.taxonomy import DEFAULT_VERSION, TAXONOMY_VERSION, Category

ROLLOUT_POLICY: Final = "default"
Percent = Annotated[
    str, Meta(pattern=r"^(100(\.00?)?|[0-9]{1,2}(\.[0-9]{1,2})?)$", description="0 to 100, two decimals")
]


class Verdict(StrEnum):
    """The judge's word on a rollout."""

    PROMOTE = "PROMOTE"
    HOLD = "HOLD"
    ROLLBACK = "ROLLBACK"
    INCONCLUSIVE = "INCONCLUSIVE"


class ThresholdsSource(StrEnum):
    """Where the per-category thresholds come from."""

    RELEASE = "release"
    OVERRIDE = "override"


class ArmPolicy(Struct, frozen=True):
    """What an arm serves: the rules alone, or a model that falls back to them."""

    model_version: str | None = None


class ActKind(StrEnum):
    """What a record tells of beside the rollout: an operator's act, or a worker's."""

    PAUSE = "pause"
    RESUME = "resume"
    REQUEUE = "requeue"
    RESET = "reset"
    REPAIR = "repair"
    RESTORE = "restore"


class Act(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One act; ``details`` are its counts and places, never what a transaction held."""

    kind: Annotated[
        str, Meta(pattern="^[a-z_]{1,32}$", description="an ActKind; one that is not known changes nothing")
    ]
    details: dict[str, str] = {}


class CriterionValue(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the queries of a policy's own criterion gave; null is "not measured"."""

    value: float | None = None
    sample: float | None = None  # how much the value rests on
    baseline: float | None = None


class CategoryCounts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of the canary model's suggestions of one category."""

    served: float = 0.0
    complaints: float = 0.0  # of them rejected or corrected
    settled: float = 0.0  # merchants whose first suggestion has a settled label
    wrong: float = 0.0  # of them named otherwise


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a verdict was built from, enough to compute it again."""

    policy: str
    window_seconds: int
    observations: dict[str, float]
    reasons: list[str]
    terms: str | None = None  # the whole policy as canonical JSON
    definitions: Annotated[int, Meta(ge=1)] = 1  # version of what rates and bars mean (scorer.rollout.definitions)
    criteria: dict[str, CriterionValue] = {}  # the policy's own, by name
    categories: dict[Category, CategoryCounts] | None = None  # null: not measured
    override: str | None = None  # why a person went on though the criteria in ``reasons`` did not hold


class RolloutRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state of the rollout from ``decided_at`` until the next record; one without overrides leaves them out."""

    version: Annotated[int, Meta(ge=0)]
    percent: Percent
    shadow: bool
    shadow_percent: Percent
    control: ArmPolicy
    canary: ArmPolicy
    salt: Annotated[str, Meta(min_length=1, max_length=64)]
    thresholds_source: ThresholdsSource
    actor: Annotated[str, Meta(min_length=1, max_length=128)]
    reason: Annotated[str, Meta(min_length=1, max_length=1024)]
    decided_at: Instant
    verdict: Verdict | None
    evidence: Evidence | None
    prev_hash: Sha256
    hash: str
    overrides: Annotated[
        dict[Category, Override], Meta(description="by category; in force for every release that the record names")
    ] = {}
    overrides_hash: Annotated[
        Sha256 | None, Meta(description="SHA-256 of the overrides' canonical JSON; null without any")
    ] = None
    act: Annotated[
        Act | None, Meta(description="what was done beside the rollout; who is served what stays as it was")
    ] = None
    taxonomy_version: Annotated[
        str, Meta(max_length=64, description="of the releases and of all categories here, where it is not the default")
    ] = DEFAULT_VERSION

    @property
    def basis_points(self) -> int:
        """The share of the canary arm in basis points, 0 to 10,000."""
        return int(Decimal(self.percent) * 100)

    @property
    def is_foreign(self) -> bool:
        """Whether it is of another taxonomy than this process: nobody here can serve what it says."""
        return self.taxonomy_version != TAXONOMY_VERSION

    @property
    def shadow_basis_points(self) -> int:
        """The share of users whose transactions the models score in shadow, in basis points."""
        return int(Decimal(self.shadow_percent) * 100)


def record_key(version: int, *, policy: str = ROLLOUT_POLICY) -> str:
    """Return the record key ``<policy>/<version>``."""
    return f"{policy}/{version}"


def record_hash(record: RolloutRecord) -> str:
    """Return the SHA-256 of the record's canonical JSON (sorted keys, without ``hash`` itself)."""
    return hash_json(msgspec.to_builtins(record))


def position_error(previous: RolloutRecord | None, link: ChainLink) -> str | None:
    """Return why a link does not follow the record ``previous``, None where it does."""
    before = None if previous is None else ChainLink(previous.version, previous.prev_hash, previous.hash)
    return link_error("record", before, link)


def with_hash(record: RolloutRecord) -> RolloutRecord:
    """Return the record with its own ``hash`` filled in."""
    return msgspec.structs.replace(record, hash=record_hash(record))


def chain_error(previous: RolloutRecord | None, record: RolloutRecord) -> str | None:
    """Return what is wrong with ``record`` as the successor of ``previous``, None where the chain holds."""
    if (fault := position_error(previous, ChainLink(record.version, record.prev_hash, record.hash))) is not None:
        return fault
    if record.hash != record_hash(record):
        return f"record {record.version} was changed after it was written"
    return content_error(record)


def content_error(record: RolloutRecord) -> str | None:
    """Return what no record may hold, None where it is fine: no worker follows such a record, nor does it land."""
    if holds_nul(msgspec.to_builtins(record)):
        return f"record {record.version}: a text holds the character U+0000"
    if record.overrides_hash != hash_overrides(record.overrides):
        return f"record {record.version}: overrides_hash is not the hash of its overrides"
    if (says := overrides_error(record.overrides)) is not None:
        return f"record {record.version}: {says}"
    fault = time_error("decided_at", record.decided_at)
    return None if fault is None else f"record {record.version}: {fault.detail}"


def holds_nul(value: object) -> bool:
    """Whether any text in a value of JSON's kinds holds U+0000, which Postgres can keep nowhere."""
    match value:
        case str():
            return "\0" in value
        case dict():
            return any(holds_nul(part) for item in value.items() for part in item)
        case list():
            return any(map(holds_nul, value))
        case _:
            return False
