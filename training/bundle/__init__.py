"""A model on disk: text and numbers, no pickle, nothing believed unchecked."""
