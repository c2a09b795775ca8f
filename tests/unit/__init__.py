"""Single parts, without a screen."""
