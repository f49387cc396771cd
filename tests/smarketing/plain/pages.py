"""A page of the demo as somebody reads it, and the rows and cells of its tables."""

from __future__ import annotations

import time_machine
from django.test import Client

from smarketing.foundation.models import User
from tests.smarketing.demos import WEDNESDAY
from tests.smarketing.plain.html import Node, parse


def page(url: str, who: str) -> Node:
    with time_machine.travel(WEDNESDAY, tick=False):
        client = Client()
        client.force_login(User.objects.get(email=f"{who}@loadline.example"))
        answer = client.get(url)
    assert answer.status_code == 200, url
    return parse(answer.content.decode())


def table_rows(table: Node) -> list[Node]:
    return [row for body in table.all("tbody") for row in body.all("tr")]


def cells(row: Node) -> list[Node]:
    return [child for child in row.children if isinstance(child, Node) and child.tag == "td"]
