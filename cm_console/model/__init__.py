"""The words of the product as frozen dataclasses and pure functions; standard library only."""
