"""See the modules of this package; `plugin` registers what it offers."""
