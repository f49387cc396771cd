from django.urls import path

from reporting.pages import balance, closed_loop, figure, funnel, models, promised, sla, spent

app_name = "reporting"
urlpatterns = [
    path("reports/closed-loop/", closed_loop.closed_loop, name="closed_loop"),
    path("reports/closed-loop/leads/", figure.figure, name="figure"),
    path("reports/closed-loop/models/", models.models, name="models"),
    path("reports/closed-loop/costs/", spent.costs, name="costs"),
    path("reports/closed-loop/csv/", closed_loop.closed_loop_csv, name="closed_loop_csv"),
    path("sla/", sla.sla, name="sla"),
    path("sla/clocks/", promised.promised, name="promised"),
    path("sla/clocks/csv/", promised.promised_csv, name="promised_csv"),
    path("sla/csv/", sla.sla_csv, name="sla_csv"),
    path("funnel/", funnel.funnel, name="funnel"),
    path("balance/", balance.balance, name="balance"),
    path("balance/csv/", balance.balance_csv, name="balance_csv"),
]
