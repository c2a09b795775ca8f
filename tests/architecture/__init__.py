"""Checks of the code as a whole."""
