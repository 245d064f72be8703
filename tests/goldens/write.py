"""Write: the goldens anew, for a change that is meant to change them: make goldens REASON='…'.

The SQL is written by its own test, which has a warehouse (``tests/warehouse/test_compiled_sql.py``).

Renames are done with then: the inputs are kept under today's names, and ``renames.json`` is emptied.
"""

import json
import os
import sys

from tests.goldens.goldens import (
    ASKED,
    INPUT_KINDS,
    INPUTS,
    OUTPUTS,
    WRITTEN,
    environment,
    goldens,
    lines_of,
    path_of,
    read_inputs,
)
from tests.goldens.renames import FILE, KINDS, Renames


def main() -> int:
    """Write every golden; returns 2 where no REASON is given."""
    reason = os.environ.get(ASKED, "").strip()
    if not reason:
        sys.stderr.write("goldens say what must not change: to write them anew, run make goldens REASON='why'\n")
        return 2
    renames = Renames.read()
    OUTPUTS.mkdir(exist_ok=True)
    inputs = read_inputs(renames)
    for name, golden in goldens().items():
        path_of(name).write_text("".join(f"{line}\n" for line in golden.make(inputs)), encoding="utf-8")
    for path in INPUTS.glob("*.jsonl"):
        path.write_text("".join(f"{renames.line(line, INPUT_KINDS)}\n" for line in lines_of(path)), encoding="utf-8")
    FILE.write_text(json.dumps({kind: {} for kind in KINDS}, indent=2) + "\n")
    WRITTEN.write_text(json.dumps({"reason": reason, "environment": environment()}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
