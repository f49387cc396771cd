"""A made-up company with a year behind it: what a fresh installation shows, and what a benchmark runs on.

Everything follows from a seed and the moment it ends at. `journeys` invents lives without touching a database,
`rows` and `tables` write them in bulk, `stories` lets a few people of today walk through the real acts.
"""
