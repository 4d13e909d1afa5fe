"""Why a score is what it is, why it changed, and the words and pictures for it."""
