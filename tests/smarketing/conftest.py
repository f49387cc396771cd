"""Tests that read one demo company follow each other, however modules are shuffled: making one takes 16 seconds."""

from pathlib import Path

import pytest

SHARED = [Path(__file__).parent / folder for folder in ("demo", "figures")]  # each with a company of its own


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First of all, so that workers of xdist, whose first portions are the largest, do not make it once each."""
    items.sort(key=lambda item: SHARED.index(item.path.parent) if item.path.parent in SHARED else len(SHARED))
