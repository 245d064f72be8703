"""``ledgermind up``: the whole of LedgerMind on this machine, until it is stopped."""

import time
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from ops.errors import OpsError
from ops.up.addresses import BROKER_PORT, FOLDER, Addresses, command_name
from ops.up.options import Options
from schemas.environment import unknown_variables

app = typer.Typer(add_completion=False)
COLUMNS: Final = "occurred_at,amount,currency,description"


class UpOptionError(OpsError):
    """Options of up that do not go together."""

    exit_code = 2


@app.command()
def up(
    *,
    simulate: Annotated[
        float | None, typer.Option(min=0.1, max=20_000, help="Transactions per second of simulated users.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="CSV to publish once, as `publish` takes it.")
    ] = None,
    columns: Annotated[str, typer.Option("--map", help="Columns of --file: description=Memo,amount=Betrag")] = "",
    rate: Annotated[float | None, typer.Option(min=0.1, help="Rows per second of --file; default: no limit.")] = None,
    broker: Annotated[str, typer.Option(help="embedded, kafka, or an address such as 127.0.0.1:9092.")] = "embedded",
    workers: Annotated[int, typer.Option(min=1, max=64, help="Number of workers.")] = 1,
    broker_memory: Annotated[
        int, typer.Option(min=64, help="MiB at which an embedded broker is full and begins again empty.")
    ] = 1_024,
    free_ports: Annotated[
        bool, typer.Option("--free-ports", help="Use free ports in place of the default ones; --json does so, too.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the addresses as one line of JSON; everything else goes to stderr.")
    ] = False,
) -> None:
    """Run broker, Postgres, workers, landing, warehouse builds, exporter, judge and console until ctrl-C.

    Everything is written below .ledgermind/up; Postgres and the rollout are kept between runs. A first release is
    trained in the background and scored in shadow. A program that ends is started again.

    Example: ledgermind up --simulate 50

    Exit codes: 0 stopped, 1 another `up` holds the folder or a server does not start, 2 an option is wrong,
    4 no broker answers at the address.
    """
    started_at = time.monotonic()
    from ops.up.run import Up  # noqa: PLC0415 - its Kafka client is not needed to say what an option does

    if simulate is not None and file is not None:
        raise UpOptionError("--simulate and --file are two feeds: give one of them")
    if file is None and (columns or rate is not None):
        raise UpOptionError("--map and --rate describe --file: give it, too")
    faults = unknown_variables()
    if faults:
        raise UpOptionError("; ".join(faults))
    words = (*(("--map", columns) if columns else ()), *(("--rate", str(rate)) if rate is not None else ()))
    options = Options(
        broker,
        workers,
        simulate,
        None if file is None else file.absolute(),
        words,
        broker_memory,
        free_ports or as_json,
    )

    def say(line: str) -> None:
        typer.echo(line, err=as_json)

    def ready(addresses: Addresses) -> None:
        typer.echo(msgspec.json.encode(addresses).decode() if as_json else _words(addresses))

    Up(options, started_at=started_at, say=say, ready=ready).run()
    say("stopped; nothing runs any more, Postgres and the rollout are kept")


def _words(addresses: Addresses) -> str:
    name, folder = command_name(), FOLDER
    is_usual = addresses.bootstrap_servers == f"127.0.0.1:{BROKER_PORT}"
    where = "" if is_usual else f"LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS={addresses.bootstrap_servers} "
    rows = {
        "console": addresses.console,
        "broker": addresses.bootstrap_servers,
        "Postgres": addresses.postgres,
        "workers": ", ".join(f"{worker}/metrics" for worker in addresses.workers),
        "landing": f"{addresses.landing}/metrics",
        "judge": f"{addresses.judge}/metrics",
        "exporter": f"{addresses.exporter}/metrics",
        "registry": addresses.registry,
        "logs": str(Path(addresses.logs).relative_to(Path.cwd())),
    }
    line = f"{COLUMNS}\\n{time.strftime('%Y-%m-%d', time.gmtime())},-12.50,GBP,TESCO STORES 3021\\n"
    try_out = (
        ("open the console in a browser: who is served what, and how well", addresses.console),
        (
            "publish a line; its suggestion is printed here",
            f"printf '{line}' > line.csv && {where}{name} publish line.csv",
        ),
        (
            "move the canary, and see it on the console; rules serve it until a release has passed its gate",
            f"{where}{name} rollout set 10 --canary '' --reason 'trying it out'",
        ),
    )
    lines = [f"  {what:9} {place}" for what, place in rows.items()]
    lines += ["three things to try in another terminal, in this folder:"]
    for number, (what, command) in enumerate(try_out, start=1):
        lines += [f"  {number}. {what}", f"     {command}"]
    lines += [f"  . {folder}/env makes every other command find it; ctrl-C stops it"]
    return "\n".join(lines)
