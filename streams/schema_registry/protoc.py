"""Protoc: the compiler of Protobuf schemas, run once for each schema, in a folder that is gone afterwards."""

import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Final

from streams.process.record_formats.protobuf import protobuf_reader
from streams.process.record_formats.schema_text import ReadPayload, SchemaText, UnusableSchema

FILE: Final = "record.proto"
COMPILED: Final = "compiled"
SECONDS: Final = 30.0


def compiled_reader(schema: SchemaText) -> ReadPayload:
    """Return what reads messages of a schema; raises UnusableSchema where it does not compile."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in (*schema.references, (FILE, schema.text)):
            _write(root, name, text)
        command = [sys.executable, "-P", "-m", "grpc_tools.protoc", f"-I{root}", f"-I{files('grpc_tools') / '_proto'}"]
        options = ["--include_imports", f"--descriptor_set_out={root / COMPILED}", FILE]
        try:
            done = subprocess.run([*command, *options], cwd=root, capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise UnusableSchema(f"was not compiled within {SECONDS:.0f} s") from error
        if done.returncode:
            raise UnusableSchema("is no Protobuf schema, or imports a file that it does not refer to")
        return protobuf_reader((root / COMPILED).read_bytes(), file=FILE)


def _write(root: Path, name: str, text: str) -> None:
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or parts[0] == "/":
        raise UnusableSchema("refers to a file outside of its folder")
    place = root.joinpath(*parts)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
