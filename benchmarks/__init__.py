"""Each figure of docs/performance.md beside its floor, measured in one run: `make bench`."""
