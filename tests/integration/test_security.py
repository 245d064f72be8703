"""TLS and SCRAM to a broker that wants both: the right papers pass, wrong ones are one clear line."""

import socket
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ops.local.apache_kafka import ApacheKafka
from ops.local.ports import LOOPBACK, free_port
from ops.patience import patience_seconds
from tests.conftest import Run

pytestmark = [pytest.mark.integration, pytest.mark.kafka]

STORE_PASSWORD = "store-of-the-test"
USER, PASSWORD = "ledgermind-worker", "right-horse"
COLUMNS = "txn_id,user_id,account_id,occurred_at,amount,currency,description"
ROW = "t-1,u-1,a-1,2026-05-01T12:30:00Z,-4.20,EUR,SHELL"
SCRAM_MODULE = "org.apache.kafka.common.security.scram.ScramLoginModule"


def keytool(*arguments: str) -> None:
    subprocess.run(["keytool", *arguments, "-storepass", STORE_PASSWORD], check=True, capture_output=True)


def make_certificate(folder: Path, name: str) -> Path:
    """Make a key store for the loopback address, and return its certificate, which signs itself."""
    store, certificate = str(folder / f"{name}.p12"), folder / f"{name}.pem"
    names = ("-dname", "CN=ledgermind-test", "-ext", f"SAN=IP:{LOOPBACK}", "-ext", "BC=ca:true")
    keytool("-genkeypair", "-alias", name, "-keyalg", "EC", *names, "-storetype", "PKCS12", "-keystore", store)
    keytool("-exportcert", "-rfc", "-alias", name, "-keystore", store, "-file", str(certificate))
    return certificate


@pytest.fixture(scope="module")
def papers(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """Yield the environment of a client whose papers are in order, beside a broker that looks at them."""
    folder, port = tmp_path_factory.mktemp("secured"), free_port()
    right = make_certificate(folder, "broker")
    make_certificate(folder, "stranger")
    properties = {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f"{SCRAM_MODULE} required;",
        "ssl.keystore.type": "PKCS12",
        "ssl.keystore.location": str(folder / "broker.p12"),
        "ssl.keystore.password": STORE_PASSWORD,
    }
    node = ApacheKafka(
        folder / "kafka", properties=properties, listeners={"SASL_SSL": port}, scram_users={USER: PASSWORD}
    )
    with node:
        yield {
            "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS": f"{LOOPBACK}:{port}",
            "LEDGERMIND_KAFKA_SECURITY_PROTOCOL": "sasl_ssl",
            "LEDGERMIND_KAFKA_CA_FILE": str(right),
            "LEDGERMIND_KAFKA_SASL_USERNAME": USER,
            "LEDGERMIND_KAFKA_SASL_PASSWORD": PASSWORD,
        }


def test_right_papers_pass(papers: Mapping[str, str], ledgermind: Run, tmp_path: Path) -> None:
    made = ledgermind("topics", "create", **papers)
    assert made.returncode == 0, made.stderr
    (tmp_path / "mine.csv").write_text(f"{COLUMNS}\n{ROW}\n")
    sent = ledgermind("publish", "mine.csv", **papers)
    assert sent.stdout.startswith("1 delivered"), sent.stderr
    begun = ledgermind("rollout", "init", "--canary", "", **papers)  # a transactional producer and a reader
    assert begun.returncode == 0, begun.stderr


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"LEDGERMIND_KAFKA_SASL_PASSWORD": "wrong-horse"}, "refuses our name or password"),
        ({"LEDGERMIND_KAFKA_SASL_USERNAME": "nobody"}, "refuses our name or password"),
        ({"LEDGERMIND_KAFKA_CA_FILE": "stranger"}, "not signed by LEDGERMIND_KAFKA_CA_FILE"),
        ({"LEDGERMIND_KAFKA_CA_FILE": "missing"}, "LEDGERMIND_KAFKA_CA_FILE"),
        ({"LEDGERMIND_KAFKA_SECURITY_PROTOCOL": "ssl"}, "no broker answers"),
    ],
    ids=["wrong password", "unknown user", "wrong CA", "no such CA file", "no SASL"],
)
@pytest.mark.parametrize("command", [("worker",), ("topics", "check")], ids=" ".join)
def test_wrong_papers_are_one_line(
    papers: Mapping[str, str], ledgermind: Run, command: tuple[str, ...], changed: Mapping[str, str], said: str
) -> None:
    folder = Path(papers["LEDGERMIND_KAFKA_CA_FILE"]).parent
    variables = {
        name: str(folder / f"{value}.pem") if name.endswith("CA_FILE") else value for name, value in changed.items()
    }
    done = ledgermind(*command, LEDGERMIND_WORKER_PORT=str(free_port()), **{**papers, **variables})
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stderr + done.stdout
    assert "wrong-horse" not in done.stderr + done.stdout


def test_who_speaks_plainly_is_not_heard(papers: Mapping[str, str]) -> None:
    host, port = papers["LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS"].split(":")
    with socket.create_connection((host, int(port)), timeout=patience_seconds()) as plain:
        plain.sendall(b"\x00\x00\x00\x0b\x00\x12\x00\x00\x00\x00\x00\x01\x00\x01a")  # ApiVersions, unencrypted
        plain.settimeout(10)
        assert plain.recv(64)[:1] in (b"", b"\x15")  # closed, or a TLS alert
