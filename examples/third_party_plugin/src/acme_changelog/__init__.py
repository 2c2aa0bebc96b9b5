"""A changelog as evidence, for release-assurance."""
