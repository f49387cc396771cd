"""Who decides at a company: roles in any spelling, the gaps, and nobody a person may not see."""

import pytest

from leads import buying, capture
from leads.buying import Role
from leads.stages import Stage
from tests.factories import make_lead, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Champion", Role.CHAMPION),
        (" economic  BUYER ", Role.ECONOMIC_BUYER),
        ("decision-maker", Role.ECONOMIC_BUYER),
        ("technical_buyer", Role.TECHNICAL_BUYER),
        ("End user", Role.USER),
        ("Head of logistics", None),
        ("", None),
    ],
)
def test_a_role_is_known_in_any_spelling(text, role):
    assert buying.role_of(text) == role


def test_a_role_of_its_own_keeps_its_words():
    assert buying.role_words("decision maker") == "Economic buyer"
    assert buying.role_words("Legal") == "Legal"


def test_people_stand_in_their_roles_and_roles_without_anybody_are_missing():
    acme = capture.find_account("Acme")
    ada = make_lead(account=acme, buying_role="champion")
    ben = make_lead(account=acme, buying_role="Legal")
    make_lead(buying_role="User")
    team = buying.team_of(acme, make_user("marketer"))

    assert [(seat.role, seat.people) for seat in team.known] == [(Role.CHAMPION, [ada])]
    assert [seat.role for seat in team.missing] == [Role.ECONOMIC_BUYER, Role.TECHNICAL_BUYER, Role.USER]
    assert (team.others, team.hidden) == ([ben], 0)


def test_people_of_other_teams_are_counted_and_not_named(django_assert_num_queries):
    acme = capture.find_account("Acme")
    make_lead(stage=Stage.SAL, owner=make_user("rep", team="Nordics"), account=acme, buying_role="User")
    rep = make_user("rep", team="Benelux")
    own = make_lead(stage=Stage.SAL, owner=rep, account=acme, buying_role="Champion")
    with django_assert_num_queries(2):  # one of them the organisation's setting
        team = buying.team_of(acme, rep)

    assert (team.people, team.hidden) == ([own], 1)
