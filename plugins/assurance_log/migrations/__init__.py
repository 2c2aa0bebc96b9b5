"""Alembic's scripts: `versions/NNNN_*.py`, one a released schema."""
