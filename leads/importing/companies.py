"""The account of a row: found by its domain, else by its name, else made."""

from __future__ import annotations

import json
from typing import Any

from leads.importing.cells import Draft
from leads.importing.fields import OF_ACCOUNT, OWN_OF_ACCOUNT
from leads.importing.names import key_of
from leads.importing.people import Person

DETAILS = ("industry", "employees", "revenue_band", "country")
WITHOUT_COMPANY = "facts of a company without a company; left out"


class Company:
    """An account as the rows so far leave it."""

    __slots__ = (
        "changed", "country", "custom", "domain", "employees", "id", "industry", "key", "name", "revenue_band",
    )  # fmt: skip

    def __init__(
        self,
        pk: int | None,
        name: str,
        key: str,
        domain: str | None,
        industry: str = "",
        employees=None,
        revenue_band: str = "",
        country="",
        custom: str = "{}",
    ) -> None:
        self.id, self.name, self.key, self.domain = pk, name, key, domain
        self.industry, self.employees, self.country = industry, employees, country
        self.revenue_band: str = revenue_band
        self.custom: dict[str, Any] = json.loads(custom) if custom != "{}" else {}
        self.changed = False


class Companies:
    def __init__(self) -> None:
        self.own: list[str] = []  # the company's own fields that the file gives
        self.by_id: dict[int, Company] = {}
        self.by_domain: dict[str, Company] = {}
        self.by_key: dict[str, list[Company]] = {}
        self.made: list[Company] = []

    def load(self, cursor, drafts: list[Draft], account_ids: set[int]) -> None:
        domains = {d.values["domain"] for d in drafts if "domain" in d.values}
        keys = {key_of(d.values["company"]) for d in drafts if "company" in d.values}
        if not (domains or keys or account_ids):
            return
        # The first of each name is enough where no domain tells companies of one name apart.
        cursor.execute(
            """SELECT id, name, key, domain, industry, employees, revenue_band, country, custom FROM leads_account
            WHERE voided_at IS NULL AND (domain = ANY(%s) OR key = ANY(%s) OR id = ANY(%s)) ORDER BY id""",
            [list(domains), list(keys), list(account_ids)],
        )
        for row in cursor.fetchall():
            self._learn(Company(*row))

    def _learn(self, company: Company) -> None:
        if company.id is not None:
            self.by_id[company.id] = company
        if company.domain:
            self.by_domain[company.domain] = company
        self.by_key.setdefault(company.key, []).append(company)

    def find(self, draft: Draft, current: Company | None) -> Company | None:
        """The account that this row names, if it is known already."""
        domain, name = draft.values.get("domain"), draft.values.get("company")
        key = key_of(name) if name else ""
        if domain and domain in self.by_domain:
            return self.by_domain[domain]
        if current is not None and _fits(current, domain, key):
            return current
        known = self.by_key.get(key, ()) if key else ()
        return next((company for company in known if not domain or not company.domain), None)

    def make(self, draft: Draft) -> Company:
        domain, name = draft.values.get("domain"), draft.values.get("company", "")
        company = Company(None, name, key_of(name or domain), domain)
        self.made.append(company)
        self._learn(company)
        return company

    def apply(self, draft: Draft, person: Person, *, overwrite: bool) -> None:
        """Give the lead its account and the account its details."""
        values = draft.values
        named = "company" in values or "domain" in values
        company = self.find(draft, person.account) if named else person.account
        if named and company is None and (person.account is None or overwrite):
            company = self.make(draft)
        if company is None:
            self._wait(draft, person)
            return
        if person.account is None or (overwrite and company is not person.account):
            person.account = company
            person.set("account", company, draft)
        if company is person.account:
            for earlier in (*person.waiting, draft):
                self._fill(company, earlier, overwrite=overwrite)
            _forgive(person)

    def _wait(self, draft: Draft, person: Person) -> None:
        """Details of a company that a later row may name."""
        alone = any(name in draft.values for name in (*OF_ACCOUNT, *self.own))
        if alone or "country" in draft.values:
            person.waiting = (*person.waiting, draft)
        if alone:
            draft.warn(WITHOUT_COMPANY)

    def _fill(self, company: Company, draft: Draft, *, overwrite: bool) -> None:
        values: dict[str, Any] = {name: draft.values.get(name) for name in DETAILS}
        values["country"] = draft.values.get("account.country") or values["country"]
        values["name"], values["domain"] = draft.values.get("company"), draft.values.get("domain")
        for name, value in values.items():
            stored = getattr(company, name)
            blank = stored is None or stored == ""
            if (
                value is None
                or value == stored
                or not (blank or (overwrite and name not in ("domain", "name")))
            ):
                continue
            setattr(company, name, value)
            company.changed = True
            draft.changed = True
            if name == "domain":
                self.by_domain[value] = company
            if name == "name":
                company.key = key_of(value)
                self.by_key.setdefault(company.key, []).append(company)
        self._fill_own(company, draft, overwrite=overwrite)

    def _fill_own(self, company: Company, draft: Draft, *, overwrite: bool) -> None:
        for name in self.own:
            value, key = draft.values.get(name), name.removeprefix(OWN_OF_ACCOUNT)
            stored = company.custom.get(key)
            if value is not None and value != stored and (overwrite or stored is None):
                company.custom[key] = value
                company.changed = draft.changed = True


def _forgive(person: Person) -> None:
    """The company came: what waited for it was not left out."""
    for draft in person.waiting:
        draft.warnings = [warned for warned in draft.warnings if warned[0] != WITHOUT_COMPANY]
    person.waiting = ()


def _fits(company: Company, domain: str | None, key: str) -> bool:
    """Whether the lead's own account may be the one a row names."""
    if domain and company.domain:
        return False  # a domain that is known elsewhere was looked up before
    return not key or not company.name or company.key == key
