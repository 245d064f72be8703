"""Errors of ops.

OpsError            the user can do something about it: one line that says what is wrong and what to do
├── UsageError      an argument or an option of a command is wrong
├── BrokerError     no broker answers, or one cannot be started
├── PostgresError   no Postgres answers, or one cannot be started
└── …               each command's own, beside the command
"""


class OpsError(Exception):
    """What the command line prints as one line, without a traceback; ``exit_code`` is what it leaves with."""

    exit_code: int = 1


class UsageError(OpsError):
    """An argument or an option of a command is wrong."""

    exit_code = 2


class BrokerError(OpsError):
    """No broker answers, or one cannot be started."""

    exit_code = 4


class PostgresError(OpsError):
    """No Postgres answers, or one cannot be started."""

    exit_code = 9
