from django.urls import path

from sla.pages import absences, alerts, calendars, explaining, promises, queue, reassigning

app_name = "sla"
urlpatterns = [
    path("queue/", queue.queue, name="queue"),
    path("queue/<int:pk>/", queue.queue_lead, name="queue_lead"),
    path("sla/alerts/", alerts.alerts, name="alerts"),
    path("sla/alerts/panel/", alerts.alerts_panel, name="alerts_panel"),
    path("sla/alerts/read/", alerts.read_alerts, name="read_alerts"),
    path("sla/alerts/<int:pk>/read/", alerts.read_alert, name="read_alert"),
    path("sla/reassign/", reassigning.reassign, name="reassign"),
    path("sla/reassign/undo/", reassigning.undo, name="undo_reassign"),
    path("sla/clocks/<int:pk>/explain/", explaining.explain, name="explain"),
    path("leads/<int:pk>/promises/", promises.start, name="start_promises"),
    path("settings/calendars/", calendars.calendars, name="calendars"),
    path("settings/calendars/assign/", calendars.assign, name="assign_calendars"),
    path("settings/calendars/people/", calendars.assign_person, name="assign_person"),
    path("settings/calendars/people/<int:pk>/release/", calendars.release_person, name="release_person"),
    path("settings/calendars/<int:pk>/", calendars.calendar, name="calendar"),
    path("settings/calendars/<int:pk>/remove/", calendars.remove_calendar, name="remove_calendar"),
    path("settings/absences/", absences.absences, name="absences"),
    path("settings/absences/<int:pk>/remove/", absences.remove_absence, name="remove_absence"),
]
