"""Guided: libFuzzer changes bytes and keeps those that reach new branches of ours, for as long as ``make fuzz`` says.

What breaks a promise is left beside the corpus; its bytes belong into ``cases``, where every later run reads them.
"""

import sys

import atheris

OURS = [
    "schemas",
    "rules",
    "scorer",
    "streams.process.codec",
    "streams.process.decode_errors",
    "streams.process.pipeline",
    "streams.rollout.release_model",
]

with atheris.instrument_imports(include=OURS):
    from tests.fuzz.outcomes import Outcomes


def main() -> None:
    """Run until libFuzzer's own arguments say that it is enough."""
    outcomes = Outcomes()

    def one_batch(blob: bytes) -> None:
        outcomes.check(blob)

    atheris.Setup(sys.argv, one_batch)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
