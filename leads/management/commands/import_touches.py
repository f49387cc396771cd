"""`manage.py import_touches FILE`: what marketing and sales did with leads, from a CSV file."""

from leads.importing.command import ImportCommand


class Command(ImportCommand):
    help = "Take in touches of leads that are known already, from a CSV file."
    kind = "touches"
