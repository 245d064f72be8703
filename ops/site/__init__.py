"""Site: guides, API contracts, metrics, runbooks and decisions as one searchable site, by mkdocs-material."""
