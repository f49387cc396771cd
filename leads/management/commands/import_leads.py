"""`manage.py import_leads FILE`: leads with their history, outcomes and deals, from a CSV file."""

from leads.importing.command import ImportCommand


class Command(ImportCommand):
    help = "Take in leads with their history, outcomes and deals from a CSV file."
    kind = "leads"
