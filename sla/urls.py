from django.urls import path

from sla.pages import queue

app_name = "sla"
urlpatterns = [
    path("queue/", queue.queue, name="queue"),
    path("queue/<int:pk>/", queue.queue_lead, name="queue_lead"),
]
