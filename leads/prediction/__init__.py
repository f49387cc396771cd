"""How likely a lead handed over to sales is won: learned each night from what became of earlier hand-overs.

`hand_overs` reads what was known at each hand-over and nothing later, `features` makes numbers of it, `learner`
(the only place that needs scikit-learn, in a process of its own) finds their weights, `training` keeps them as a
`CloseModel`, `assessing` computes a lead's probability and its reasons from the stored weights alone. It is an
estimate for people to weigh: no rule, no route and no clock reads it.
"""
