"""What ``ledgermind up`` writes for other commands names its taxonomy, whatever the file is called."""

import subprocess

import pytest

from ops.up.addresses import env_file


@pytest.mark.parametrize("value", ["/tmp/mine.yml", "/tmp/it's mine.yml", "/tmp/a b$HOME.yml"])
def test_the_shell_reads_a_value_as_it_is(value: str) -> None:
    script = env_file({"LEDGERMIND_TAXONOMY": value}) + 'printf %s "$LEDGERMIND_TAXONOMY"'
    assert subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout == value
