from django.apps import AppConfig


class SmarketingConfig(AppConfig):
    name = "smarketing"

    def ready(self) -> None:
        # Whoever nudges a worker (a web process, a command) must know the broker, not only the worker itself.
        # Effects register what the outbox delivers for the company.
        from smarketing import celery, effects  # noqa: F401
