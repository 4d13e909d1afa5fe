"""What importers share: records out of files, columns by guess, rows staged, checked and written."""
