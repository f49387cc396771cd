"""Programs that call the API in the name of somebody."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from smarketing.foundation.api.keys import issue
from smarketing.foundation.models import ApiKey, User

API = "/api/v1"


class Caller(Client):
    """A test client with a key: JSON in both directions."""

    def __init__(self, person: User, *scopes: str, **options: Any) -> None:
        super().__init__(**options)
        self.person = person
        self.key, self.token = issue(
            person=person, name="Test", scopes=scopes or ApiKey.Scope.values, days=30
        )
        self.defaults["HTTP_AUTHORIZATION"] = f"Bearer {self.token}"

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        data = "" if body is None else json.dumps(body)
        return self.generic(method, f"{API}{path}", data, content_type="application/json", headers=names)

    def read(self, path: str) -> HttpResponse:
        return self.send("GET", path)

    def do(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.send("POST", path, body, **headers)
