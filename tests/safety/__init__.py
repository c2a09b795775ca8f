"""The bytes a real terminal receives."""
