"""Somebody at a browser, for tests of pages by plain requests."""

import time

from django.test import Client


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def just_signed_in(person) -> Client:
    """With the password typed a moment ago, as files of leads and new keys ask for."""
    client = signed_in(person)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session.save()
    return client


def text(response) -> str:
    """What a page says, on one line."""
    return " ".join(response.content.decode().split())
