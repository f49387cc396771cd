"""The figures of the homes once more, in plain Python from raw rows: slow, short, without the product's functions."""
