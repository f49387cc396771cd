from django.urls import path

from leads.pages import acts, adding, campaigns, facts, imports, lead, listing, logging, putting_off

app_name = "leads"
urlpatterns = [
    path("leads/", listing.leads, name="list"),
    path("leads/new/", adding.create, name="create"),
    path("leads/<int:pk>/", lead.detail, name="detail"),
    path("leads/<int:pk>/edit/", facts.edit, name="edit"),
    path("leads/<int:pk>/qualify/", acts.qualify, name="qualify"),
    path("leads/<int:pk>/accept/", acts.accept, name="accept"),
    path("leads/<int:pk>/reject/", acts.reject, name="reject"),
    path("leads/<int:pk>/advance/", acts.advance, name="advance"),
    path("leads/<int:pk>/win/", acts.win, name="win"),
    path("leads/<int:pk>/lose/", acts.lose, name="lose"),
    path("leads/<int:pk>/recycle/", acts.recycle, name="recycle"),
    path("leads/<int:pk>/disqualify/", acts.disqualify, name="disqualify"),
    path("leads/<int:pk>/churn/", acts.churn, name="churn"),
    path("leads/<int:pk>/claim/", acts.claim, name="claim"),
    path("leads/<int:pk>/reassign/", acts.reassign, name="reassign"),
    path("leads/<int:pk>/undo/", acts.undo, name="undo"),
    path("leads/<int:pk>/appeal/", acts.appeal, name="appeal"),
    path("leads/<int:pk>/sign/", acts.sign_appeal, name="sign_appeal"),
    path("leads/<int:pk>/log/", logging.log, name="log"),
    path("leads/log/<int:pk>/", logging.details, name="log_details"),
    path("leads/log/<int:pk>/undo/", logging.undo_log, name="undo_log"),
    path("leads/<int:pk>/snooze/", putting_off.snooze, name="snooze"),
    path("leads/<int:pk>/wake/", putting_off.wake, name="wake"),
    path("leads/snoozes/<int:pk>/undo/", putting_off.undo_snooze, name="undo_snooze"),
    path("campaigns/", campaigns.campaigns, name="campaigns"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<int:pk>/", imports.one, name="import"),
    path("imports/<int:pk>/rejects/", imports.rejected, name="import_rejects"),
    path("imports/<int:pk>/undo/", imports.undo, name="import_undo"),
    path("campaigns/<int:pk>/", campaigns.campaign, name="campaign"),
    path("campaigns/costs/<int:pk>/remove/", campaigns.remove_cost, name="remove_cost"),
]
