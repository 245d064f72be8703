-- Schemas: `raw` is written by landing and imports, the three others belong to dbt.
create schema if not exists raw;
create schema if not exists staging;
create schema if not exists intermediate;
create schema if not exists marts;
