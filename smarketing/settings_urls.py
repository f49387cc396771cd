"""The pages of settings that are about people and the company; calendars and leave are of `sla`."""

from django.urls import path

from smarketing.foundation.pages import keys, notifications
from smarketing.people import aliases, audit_log, organisation, pages, profile, teams

urlpatterns = [
    path("profile/", profile.profile, name="profile"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("keys/", keys.keys, name="keys"),
    path("keys/<int:pk>/revoke/", keys.revoke, name="revoke_key"),
    path("people/", pages.people, name="people"),
    path("people/add/", pages.add_person, name="add_person"),
    path("people/names/", aliases.aliases, name="aliases"),
    path("people/names/<int:pk>/", aliases.alias, name="alias"),
    path("people/<int:pk>/", pages.person, name="person"),
    path("people/<int:pk>/invite/", pages.invite_again, name="invite_again"),
    path("people/<int:pk>/leads/", pages.give_leads, name="give_leads"),
    path("people/<int:pk>/deactivate/", pages.deactivate, name="deactivate_person"),
    path("people/<int:pk>/reactivate/", pages.reactivate, name="reactivate_person"),
    path("teams/", teams.teams, name="teams"),
    path("teams/<int:pk>/", teams.team, name="team"),
    path("teams/<int:pk>/remove/", teams.remove_team, name="remove_team"),
    path("organisation/", organisation.organisation, name="organisation"),
    path("audit/", audit_log.audit_log, name="audit_log"),
]
