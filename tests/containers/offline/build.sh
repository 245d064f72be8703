#!/usr/bin/env bash
# Builds the images that docker-compose.yml and the container tests name, with no registry: a base of Debian's packages,
# stand-ins for Kafka, Postgres, Prometheus and Alertmanager, and LedgerMind itself. Needs root, debootstrap, Maven and an engine.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=ca-certificates,python3,python3-venv,libgomp1,openjdk-17-jre-headless,postgresql,prometheus,prometheus-alertmanager
root=${OFFLINE_ROOT:-$work/root}
[ -d "$root" ] || debootstrap --variant=minbase "--include=$packages" bookworm "$root" >/dev/null
install -d "$root/usr/local/share/ca-certificates"
cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"  # of a network that has its own
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
tar -C "$root" --exclude='./var/cache/apt/archives/*' -c . | docker import - ledgermind-offline-base >/dev/null
cp "$here"/* "$work/"
"$here/../../../.venv/bin/python" -c 'from ops.local.apache_kafka import fetch_jars; print(fetch_jars())' > "$work/jars"
cp -r "$(cat "$work/jars")" "$work/kafka"
chmod 755 "$work"/*.sh
for image in kafka postgres prometheus alertmanager; do
  docker build --quiet --target "$image" --tag "ledgermind-offline-$image" "$work"
done
docker build --quiet --network host --build-arg PYTHON_IMAGE=ledgermind-offline-base --tag ledgermind:0.1.0 "$here/../../.."
