"""Forward validation, metrics with confidence intervals, baselines, and the review after a campaign."""
