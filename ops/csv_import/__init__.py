"""CSV import: a user's own file as transactions and labels."""
