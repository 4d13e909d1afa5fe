"""The page for people, rendered on the server."""
