"""Whose order it is: from orders, codes and links to outcomes."""
