"""The transparency log on one machine: SQLite store, append, proofs, checks, command line.

The formats and proofs are the core's (`assurance.tlog`). Start reading at `store` (what is kept),
then `writer` (how an entry gets in), `anchor` (what a rolled back database cannot fake).
"""
