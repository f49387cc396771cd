from django.apps import AppConfig


class SlaConfig(AppConfig):
    name = "sla"

    def ready(self) -> None:
        from sla import effects  # noqa: F401  registers what the outbox delivers for promises
