"""Every figure on the three homes and the funnel, once more from raw rows in plain Python, held against the page."""
