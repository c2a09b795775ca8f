"""Screens, by pilot and by picture."""
