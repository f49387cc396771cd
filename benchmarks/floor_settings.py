"""The product's settings with the pages of the floor and nothing around their templates."""

from pathlib import Path

from smarketing.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.floor"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
    }
]
