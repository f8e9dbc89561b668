"""Hear a piano performance through seven qualities that listeners name."""

__version__ = "0.1.0"
