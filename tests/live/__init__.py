"""Real servers, installed from packages and started here on loopback: `make live`."""
