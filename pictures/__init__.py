"""The README's pictures, taken of a running demo company in a real Chromium: `python -m pictures`."""
