from django.urls import path

from leads.api import accounts, campaigns, definitions, leads, own, story, touches, why
from leads.api.acts import ACTS, endpoint

urlpatterns = [
    path("leads", leads.Leads.as_view(), name="leads"),
    path("leads/<int:id>", leads.OneLead.as_view(), name="lead"),
    path("leads/<int:id>/why", why.Whys.as_view(), name="why"),
    path("leads/<int:id>/history", story.History.as_view(), name="history"),
    path("leads/<int:id>/activities", story.Activities.as_view(), name="activities"),
    path("leads/<int:id>/touches", story.Touches.as_view(), name="lead_touches"),
    path("leads/<int:id>/deals", story.Deals.as_view(), name="deals"),
    *(path(f"leads/<int:id>/{act.name}", endpoint(act).as_view(), name=act.name) for act in ACTS),
    path("accounts", accounts.Accounts.as_view(), name="accounts"),
    path("accounts/<int:id>", accounts.OneAccount.as_view(), name="account"),
    path("fields", own.Fields.as_view(), name="fields"),
    path("definitions", definitions.InForceNow.as_view(), name="definitions"),
    path("touches", touches.NewTouchesView.as_view(), name="touches"),
    path("campaigns", campaigns.Campaigns.as_view(), name="campaigns"),
    path("campaigns/<int:id>", campaigns.OneCampaign.as_view(), name="campaign"),
    path("campaigns/<int:id>/costs", campaigns.Costs.as_view(), name="costs"),
]
