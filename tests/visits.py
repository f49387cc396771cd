"""Somebody at a browser, for tests of pages by plain requests."""

from django.test import Client


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client
