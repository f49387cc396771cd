from django.apps import AppConfig


class SlaConfig(AppConfig):
    name = "sla"

    def ready(self) -> None:
        from sla import effects, lead_lists, story, why  # noqa: F401  they register mails, lists, timelines, answers
