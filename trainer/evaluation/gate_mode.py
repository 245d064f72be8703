"""Gate mode: what becomes of a model that has a category below its bar."""

from enum import StrEnum


class Mode(StrEnum):
    """What a category below its bar does: ``strict`` refuses the model, ``mute`` silences the category."""

    STRICT = "strict"
    MUTE = "mute"
