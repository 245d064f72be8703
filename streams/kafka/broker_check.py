"""Broker check: the first look at a broker; what stands in the way is said in one line."""

from collections.abc import Collection
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from streams.errors import BrokerUnreachable
from streams.kafka.clients import connection
from streams.settings import KafkaSettings

REACH_SECONDS: Final = 3.0
_PASSWORD: Final = {KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED}
_CERTIFICATE: Final = {KafkaError._SSL}


def reach(kafka: KafkaSettings) -> AdminClient:
    """Return a client of a broker that answers; raises BrokerUnreachable, which says what to mend."""
    heard: list[KafkaError] = []
    try:
        admin = AdminClient(connection(kafka) | {"error_cb": heard.append})  # type: ignore[arg-type]  # knows no callbacks
    except KafkaException as error:
        raise BrokerUnreachable(f"the Kafka settings cannot be used: {error.args[0].str()}") from error
    try:
        admin.list_topics(timeout=REACH_SECONDS)
    except KafkaException as error:
        admin.poll(0)  # hands over what the client heard
        raise BrokerUnreachable(_why(kafka, {*(one.code() for one in heard), error.args[0].code()}, error)) from error
    return admin


def _why(kafka: KafkaSettings, codes: Collection[int], error: KafkaException) -> str:
    where = kafka.bootstrap_servers
    if _PASSWORD & set(codes):
        return (
            f"the broker at {where} refuses our name or password; look at LEDGERMIND_KAFKA_SASL_USERNAME and _PASSWORD"
        )
    if _CERTIFICATE & set(codes):
        return (
            f"TLS with the broker at {where} fails: its certificate is not signed by LEDGERMIND_KAFKA_CA_FILE, "
            "it names another host, or it wants a certificate of ours"
        )
    return f"no broker answers at {where} ({error.args[0].name()}); start one or set LEDGERMIND_KAFKA_BOOTSTRAP_SERVERS"
