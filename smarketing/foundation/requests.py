"""What a view gets: the middleware has signed somebody in, named the request and looked for htmx."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from smarketing.foundation.models import User


class Request(HttpRequest):
    user: User
    htmx: HtmxDetails
    request_id: str
