"""``ledgermind rollout``: looks at the rollout record, and appends to it."""

from typing import Final

import typer

from ops.cli.lazy_group import lazy_group

# In the order of --help; one that only looks does not wait for what the others import.
_COMMANDS: Final = {
    "history": "ops.cli.commands.rollout_record:history",
    "verify": "ops.cli.commands.rollout_chain:verify_command",
    "init": "ops.cli.commands.rollout_record:init",
    "set": "ops.cli.commands.rollout_set:set_command",
    "rollback": "ops.cli.commands.rollout_record:rollback",
    "repair": "ops.cli.commands.rollout_chain:repair_command",
    "advance": "ops.cli.commands.rollout_advance:advance_command",
    "status": "ops.cli.commands.rollout_status:status_command",
    "judge": "ops.cli.commands.judge:judge_command",
    "backtest": "ops.cli.commands.backtest:backtest_command",
}
app = typer.Typer(
    cls=lazy_group(_COMMANDS),
    help="Show and change which users a release serves.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def rollout() -> None:
    """Hold the table's commands: the text of --help stands above."""
