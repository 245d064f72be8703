"""Input mapping: what an operator asks of a mapping: check it on records, explain one record, propose one."""
