"""The fixtures that others get by naming the plugin."""

from ops.pytest_plugin import docker_engine, ledgermind_kafka, ledgermind_postgres, ledgermind_worker

__all__ = ["docker_engine", "ledgermind_kafka", "ledgermind_postgres", "ledgermind_worker"]
