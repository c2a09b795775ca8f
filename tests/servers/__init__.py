"""Stateful stand-ins for platforms, on loopback."""
