"""A log in a PostgreSQL database: start reading in `database`."""
