"""Warehouse: migrations, dbt, and what is measured of the tables."""
