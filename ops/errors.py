"""Errors of ops.

OpsError            the user can do something about it: one line that says what is wrong and what to do
└── …               each command's own, beside the command
"""


class OpsError(Exception):
    """What the command line prints as one line, without a traceback; ``exit_code`` is what it leaves with."""

    exit_code: int = 1
