"""How leads are found by what somebody remembers of them: shared by the list page and the API."""

from __future__ import annotations

from django.db.models import Q

from leads.identity import beginning_of_phone, normalise_phone
from leads.models import Account, name_key
from leads.stages import OFF_THE_ROAD

COMPANIES = 200  # of one search: whoever means one of more types another letter


def in_state(state: str) -> Q:
    if state in OFF_THE_ROAD:
        return Q(standing=state)
    return Q(stage=state) & ~Q(standing__in=OFF_THE_ROAD)


def beginning(text: str) -> Q:
    """Leads whose name, surname, e-mail, phone number or company begins with `text`.

    Each is found by its own index, companies among them by their ids: an OR over a join would read every lead.
    """
    key = name_key(text)
    found = Q(name_key__startswith=key) | Q(email_norm__startswith=text.strip().lower())
    found |= Q(last_name_key__startswith=text.strip().lower())
    companies = Account.objects.filter(key__startswith=key).order_by("key", "id").values_list("pk", flat=True)
    if pks := list(companies[:COMPANIES]):
        found |= Q(account__in=pks)
    phone = normalise_phone(text) or beginning_of_phone(text)
    return found | Q(phone_norm__startswith=phone) if phone else found
