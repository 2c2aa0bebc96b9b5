"""One module a released schema, oldest first; never edited once released."""
