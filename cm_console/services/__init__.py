"""What the product does: async, without SQL, HTTP or a terminal."""
