"""`manage.py import_history FILE`: how leads moved in another system, from a CSV file."""

from leads.importing.command import ImportCommand


class Command(ImportCommand):
    help = "Take in how leads moved through the stages, one row a move, from a CSV file."
    kind = "history"
