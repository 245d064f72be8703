"""Schema registry: where the schemas of records in Avro, JSON Schema or Protobuf stand, by Confluent's own client."""
