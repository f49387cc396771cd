"""When the domain says no. One place (middleware for pages, the API's handler) turns a Refusal into 409."""

from django.core.exceptions import PermissionDenied


class Refusal(Exception):
    """A rule forbids this act now. The message is a sentence for a person: what, why, and what would help."""

    code = "refused"


class Forbidden(PermissionDenied):
    """This person may not do this, whatever the state of the record: answered with 403 and the sentence."""

    def __init__(
        self, why: str = "Your role does not allow this. Ask your head of team or an administrator."
    ) -> None:
        super().__init__(why)
