from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from smarketing.foundation.models import User
from smarketing.foundation.statements import Statement

SIGNED_IN = Statement(lambda pk: User.objects.filter(pk=pk, is_active=True))


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Nobody signs up: an administrator or a head makes people."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "This e-mail and this password do not belong together.",
        "too_many_login_attempts": (
            "Too many wrong passwords: signing in is locked for five minutes. "
            "If you do not remember yours, choose a new one below."
        ),
        "incorrect_password": "That is not your password.",
        "enter_current_password": "That is not your password of now.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SignedIn(AuthenticationBackend):
    """Passwords are checked as allauth does; who comes with a session is found by one composed statement."""

    def get_user(self, user_id: int) -> User | None:
        return SIGNED_IN.first(pk=int(user_id))
