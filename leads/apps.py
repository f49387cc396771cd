from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leads"

    def ready(self) -> None:
        from leads import effects  # noqa: F401  registers what the outbox delivers for leads
