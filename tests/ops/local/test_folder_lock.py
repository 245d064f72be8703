"""A folder is one program's at a time; who comes second hears who holds it."""

import os
from pathlib import Path

import pytest

from ops.local.folder_lock import FolderHeldError, hold


def test_who_comes_second_hears_the_name_and_the_pid_of_the_first(tmp_path: Path) -> None:
    with hold(tmp_path, what="the first"):
        with pytest.raises(FolderHeldError, match=f"the first, pid {os.getpid()}"), hold(tmp_path, what="the second"):
            pytest.fail("both hold it")
        with pytest.raises(FolderHeldError, match="the first"), hold(tmp_path, what="the third"):
            pytest.fail("both hold it")


def test_who_has_left_holds_nothing(tmp_path: Path) -> None:
    with hold(tmp_path, what="the first"):
        pass
    with hold(tmp_path, what="the second"):
        assert "the second" in (tmp_path / "lock").read_text()
