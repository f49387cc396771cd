"""A version of the definitions replayed over the last 90 days, before it is signed.

`rounds` reads from history when each lead was with marketing, `points` scores one lead at one moment as
`leads.scoring` scores many, `replay` asks at each touch whether the criteria would have been met, `job` does so for
all leads, a span at a time, and `figures` counts: each number is a condition on `BackTestLead` rows.
"""
