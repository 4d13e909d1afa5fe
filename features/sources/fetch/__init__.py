"""From handles to data: what services answer about accounts, saved as it came and imported like any export."""
