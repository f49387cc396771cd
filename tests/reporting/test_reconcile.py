"""The ledger is proved from history: what holds over a year of a company, and what each corruption is called."""

import pytest

from reporting import reconcile
from tests.smarketing.demos import seed

pytestmark = pytest.mark.django_db


def test_a_year_of_the_demo_balances(tmp_path):
    seed(tmp_path)
    proof = reconcile.prove()
    assert proof.findings == []
    assert proof.handovers > 100
