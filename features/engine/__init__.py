"""What a feature is, rows as they were known at a moment, and the matrix made of both."""
