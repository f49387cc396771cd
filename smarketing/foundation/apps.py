from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "smarketing.foundation"
    label = "foundation"
