"""Settings from the environment, or from files it names: NAME_FILE=/run/secrets/name in place of NAME=value."""

import os
from collections.abc import Mapping

from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

SERVERS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY")


class Environment(FileAwareMapping):
    """The environment, with the contents of files for what is named NAME_FILE; a file wins."""

    def __getitem__(self, key: str) -> str:
        try:
            return super().__getitem__(key).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise ImproperlyConfigured(
                f"{key}_FILE names {self.env[f'{key}_FILE']}, which cannot be read: {reason}."
            ) from error


def with_servers(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment with the servers' addresses and the key in plain, for those who pass them on."""
    told, files = dict(environment), Environment(dict(environment))
    for name in SERVERS:
        if told.pop(f"{name}_FILE", None):
            told[name] = files[name]
    return told
