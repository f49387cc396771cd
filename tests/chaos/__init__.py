"""Faults on purpose: real workers and beats, killed and cut off, while promises fall due. `make chaos`."""
