"""Which accounts are one person, as the user says it or as accounts say it of themselves."""
