"""Environment: every variable that LedgerMind reads; others with its prefixes are mistakes and stop a start."""

import difflib
import os
from typing import Final

PREFIXES: Final = ("LEDGERMIND_", "SUGGEST_", "ML_")
VARIABLES: Final = frozenset(
    {
        # categories
        "LEDGERMIND_TAXONOMY",
        # Kafka, for every client
        "LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS",
        "LEDGERMIND_KAFKA_SECURITY_PROTOCOL",
        "LEDGERMIND_KAFKA_CA_FILE",
        "LEDGERMIND_KAFKA_CERTIFICATE_FILE",
        "LEDGERMIND_KAFKA_KEY_FILE",
        "LEDGERMIND_KAFKA_SASL_MECHANISM",
        "LEDGERMIND_KAFKA_SASL_USERNAME",
        "LEDGERMIND_KAFKA_SASL_PASSWORD",
        "LEDGERMIND_KAFKA_PREFIX",
        "LEDGERMIND_KAFKA_TOPICS",
        # worker
        "LEDGERMIND_WORKER_NAME",
        "LEDGERMIND_WORKER_GROUP",
        "LEDGERMIND_WORKER_BATCH_RECORDS",
        "LEDGERMIND_WORKER_BATCH_BYTES",
        "LEDGERMIND_WORKER_TRANSACTION_RECORDS",
        "LEDGERMIND_WORKER_BATCH_WAIT_MS",
        "LEDGERMIND_WORKER_IN_FLIGHT_BYTES",
        "LEDGERMIND_WORKER_CLIENT_BUFFER_BYTES",
        "LEDGERMIND_WORKER_FETCH_MAX_BYTES",
        "LEDGERMIND_WORKER_SESSION_TIMEOUT_MS",
        "LEDGERMIND_WORKER_LEAVE_ON_STOP",
        "LEDGERMIND_WORKER_MAX_POLL_INTERVAL_MS",
        "LEDGERMIND_WORKER_TRANSACTION_TIMEOUT_MS",
        "LEDGERMIND_WORKER_MODEL_TIMEOUT_MS",
        "LEDGERMIND_WORKER_DEAD_LETTER_RUN",
        "LEDGERMIND_WORKER_DEAD_LETTER_RATIO",
        "LEDGERMIND_WORKER_DEAD_LETTER_WINDOW",
        "LEDGERMIND_WORKER_STUCK_SECONDS",
        "LEDGERMIND_WORKER_MAX_HINTS",
        "LEDGERMIND_WORKER_READ_ANSWERED",
        "LEDGERMIND_WORKER_RULES_FILE",
        "LEDGERMIND_WORKER_HOST",
        "LEDGERMIND_WORKER_PORT",
        "LEDGERMIND_WORKER_SUPERVISOR_PORT",
        "LEDGERMIND_WORKER_FAILPOINTS",
        "LEDGERMIND_WORKER_FAILPOINT_SEED",
        "LEDGERMIND_WORKER_MODEL_DELAY_FILE",
        # first rollout record
        "SUGGEST_USE_MODEL_CANARY",
        "SUGGEST_ENABLE_SHADOW",
        "SUGGEST_CANARY_SALT",
        "SUGGEST_THRESHOLDS_JSON",
        # releases
        "LEDGERMIND_REGISTRY",
        "LEDGERMIND_MAPPING",
        "LEDGERMIND_INPUT_FORMAT",
        "LEDGERMIND_SUGGESTIONS_FORMAT",
        "LEDGERMIND_SCHEMA_REGISTRY_URL",
        "LEDGERMIND_SCHEMA_REGISTRY_USERNAME",
        "LEDGERMIND_SCHEMA_REGISTRY_PASSWORD",
        "LEDGERMIND_SCHEMA_REGISTRY_CA_FILE",
        "ML_DEPLOY_GATE",
        # warehouse
        "LEDGERMIND_POSTGRES_DSN",
        "LEDGERMIND_LOG_LEVEL",
        "LEDGERMIND_LANDING_GROUP",
        "LEDGERMIND_LANDING_BATCH_RECORDS",
        "LEDGERMIND_LANDING_BATCH_BYTES",
        "LEDGERMIND_LANDING_BATCH_WAIT_MS",
        "LEDGERMIND_LANDING_CLIENT_BUFFER_BYTES",
        "LEDGERMIND_LANDING_FETCH_MAX_BYTES",
        "LEDGERMIND_LANDING_SESSION_TIMEOUT_MS",
        "LEDGERMIND_LANDING_POSTGRES_TIMEOUT_SECONDS",
        "LEDGERMIND_LANDING_REJECT_LIMIT",
        "LEDGERMIND_LANDING_HOST",
        "LEDGERMIND_LANDING_PORT",
        "LEDGERMIND_LANDING_SUPERVISOR_PORT",
        # alerts
        "LEDGERMIND_GRAFANA_URL",
        "LEDGERMIND_GRAFANA_TOKEN",
        "LEDGERMIND_ALERT_WEBHOOK_URL",
        "LEDGERMIND_ALERT_EMAIL_TO",
        "LEDGERMIND_ALERT_EMAIL_FROM",
        "LEDGERMIND_ALERT_SMTP_ADDRESS",
        "LEDGERMIND_ALERT_SMTP_USERNAME",
        "LEDGERMIND_ALERT_SMTP_PASSWORD",
        "LEDGERMIND_ALERT_SMTP_REQUIRE_TLS",
        # development
        "LEDGERMIND_REAL_DATA",
        "LEDGERMIND_CACHE",
        "LEDGERMIND_TEST_PATIENCE",
    }
)


def topic_variables() -> tuple[str, str]:
    """Return the prefix of all names on the cluster, and the topics' own names, as they were given."""
    return os.environ.get("LEDGERMIND_KAFKA_PREFIX", ""), os.environ.get("LEDGERMIND_KAFKA_TOPICS", "")


def taxonomy_variable() -> str:
    """Return the file of the taxonomy as it was given, empty for the default taxonomy."""
    return os.environ.get("LEDGERMIND_TAXONOMY", "")


def unknown_variables() -> list[str]:
    """Return one line for each variable with a prefix of ours that nothing reads, with the likely spelling."""
    faults = []
    for name in sorted(os.environ):
        if name.startswith(PREFIXES) and name not in VARIABLES:
            close = difflib.get_close_matches(name, VARIABLES, n=1)
            hint = f", did you mean {close[0]}?" if close else "; unset it, .env.example lists the known ones"
            faults.append(f"{name}: nothing reads this variable{hint}")
    return faults
