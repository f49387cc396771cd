from django.apps import AppConfig


class SlaConfig(AppConfig):
    name = "sla"

    def ready(self) -> None:
        from sla import effects, lead_lists  # noqa: F401  they register mails, and deadlines in lists
