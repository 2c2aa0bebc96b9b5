"""Where an export goes: the interface in `destination`, one module for each kind of place."""
