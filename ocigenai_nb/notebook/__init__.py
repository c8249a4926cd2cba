"""What a person sees: the magic and its display."""
