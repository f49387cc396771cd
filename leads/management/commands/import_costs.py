"""`manage.py import_costs FILE`: what campaigns and channels cost, from a CSV file."""

from leads.importing.command import ImportCommand


class Command(ImportCommand):
    help = "Take in what campaigns and channels cost from a CSV file."
    kind = "costs"
