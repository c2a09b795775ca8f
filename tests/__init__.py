"""Tests; a package, so that stand-ins for platforms can be imported and started as programs."""
