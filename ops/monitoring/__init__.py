"""Monitoring: Prometheus' rules, Alertmanager's receivers and Grafana's dashboards, from what the code says."""
