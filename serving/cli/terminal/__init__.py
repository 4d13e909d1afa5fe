"""What commands print for people: a file a kind of answer."""
