from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leads"

    def ready(self) -> None:
        from leads import custom_fields, effects  # noqa: F401  they register what is read with the organisation, and mails
