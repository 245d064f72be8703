"""Print every suggestion: pip install confluent-kafka; python suggestions.py 127.0.0.1:9092."""

import json
import sys

from confluent_kafka import Consumer

consumer = Consumer({"bootstrap.servers": sys.argv[1], "group.id": "consumer-python", "auto.offset.reset": "earliest"})
consumer.subscribe(["suggestions"])
while True:
    if (record := consumer.poll(1.0)) is not None and record.error() is None:
        said = json.loads(record.value())
        print(said["user_id"], said["txn_id"], said["category"], said["confidence"], flush=True)
