"""Speed of the console as ratios between things measured in the same run: `python -m benchmarks --help`."""
