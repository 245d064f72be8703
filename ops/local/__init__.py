"""Local: brokers, Postgres and processes on one machine, and the checks of the machine itself."""
