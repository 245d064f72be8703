#!/usr/bin/env bash
# KAFKA_LOG_DIRS=/data becomes log.dirs=/data, and so on; the folder is formatted once.
set -euo pipefail
properties=/tmp/server.properties
env | grep '^KAFKA_' | while IFS='=' read -r name value; do
  name=${name#KAFKA_}
  name=${name,,}
  echo "${name//_/.}=$value"
done > "$properties"
grep -q '^log.dirs=' "$properties" || echo "log.dirs=/var/lib/kafka/data" >> "$properties"
run() { exec java -Xms256m -Xmx768m -cp '/opt/kafka/libs/*' "$@"; }
(run kafka.tools.StorageTool format --ignore-formatted "--cluster-id=${CLUSTER_ID:-MkU3OEVBNTcwNTJENDM2Qk}" -c "$properties") >/dev/null
run kafka.Kafka "$properties"
