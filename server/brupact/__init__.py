"""A regional policy agreement as linked open data."""

from importlib.metadata import version

__version__ = version("brupact")
