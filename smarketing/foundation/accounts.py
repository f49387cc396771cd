from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Nobody signs up: an administrator or a head makes people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
