"""Evidence: what the warehouse says of users, settled labels and feedback."""
