"""Send lines of Plaid's JSON as Avro, keyed by account: pip install 'confluent-kafka[avro]'; see docs/FORMATS.md."""

import json
import sys
from decimal import Decimal
from pathlib import Path

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

servers, registry, topic = sys.argv[1:]
schema = Path(__file__).with_name("plaid.avsc").read_text()
to_avro = AvroSerializer(SchemaRegistryClient({"url": registry}), schema)
producer = Producer({"bootstrap.servers": servers, "enable.idempotence": True})
for line in sys.stdin:
    said = json.loads(line, parse_float=Decimal)  # no float stands between the bank's digits and yours
    producer.produce(topic, to_avro(said, SerializationContext(topic, MessageField.VALUE)), said["account_id"])
producer.flush()
