"""What holds for every history, found by Hypothesis."""
