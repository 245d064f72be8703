#!/usr/bin/env bash
# POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB as the image knows them; the cluster is made once.
set -euo pipefail
data=/var/lib/postgresql/data/pgdata
if [ ! -s "$data/PG_VERSION" ]; then
  initdb --pgdata="$data" --username="${POSTGRES_USER:-postgres}" --pwfile=<(echo "$POSTGRES_PASSWORD") --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  echo "host all all all scram-sha-256" >> "$data/pg_hba.conf"
  echo "create database \"${POSTGRES_DB:-${POSTGRES_USER:-postgres}}\"" | postgres --single -D "$data" postgres >/dev/null
fi
exec postgres -D "$data" -c listen_addresses='*'
