"""Site: README, guides and runbooks as pages, with the model card and dbt's documentation beside them."""
