"""What screens are made of: lists, readers, charts, lines; they know the model only."""
