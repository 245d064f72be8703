"""Gate mode: what becomes of a model that has a category below its minimum F1."""

from enum import StrEnum


class GateMode(StrEnum):
    """What a category below its minimum F1 does: ``strict`` refuses the model, ``mute`` silences the category."""

    STRICT = "strict"
    MUTE = "mute"
