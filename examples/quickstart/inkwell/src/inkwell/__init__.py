"""Turns a folder of Markdown notes into a small web site."""

__version__ = "0.3.0"
