"""Serve: what a benchmark of two checkouts asks each of them for, in words that outlive every rename.

- ``python -m tests.goldens.serve prepare SERVERS REGISTRY rules|model`` makes topics, a release and the first record.
- ``python -m tests.goldens.serve work SERVERS REGISTRY GROUP`` becomes a worker.
"""

import os
import sys
from pathlib import Path

from tests.goldens import product
from tests.goldens.goldens import read_inputs
from tests.goldens.renames import Renames


def main(verb: str, servers: str, registry: str, last: str) -> None:
    """Do what the verb says; a worker takes the place of this process."""
    if verb == "prepare":
        product.prepare(read_inputs(Renames.read()), servers, Path(registry), with_model=last == "model")
        return
    command, variables = product.worker(servers, Path(registry), last)
    os.execve(sys.executable, [sys.executable, *command], os.environ | variables)


if __name__ == "__main__":
    main(*sys.argv[1:])
