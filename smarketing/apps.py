from django.apps import AppConfig


class SmarketingConfig(AppConfig):
    name = "smarketing"

    def ready(self) -> None:
        # Whoever nudges a worker (a web process, a command) must know the broker, not only the worker itself.
        from smarketing import celery  # noqa: F401
