"""`manage.py undo_import BATCH`: takes an import back, but for leads that were worked on since."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from leads.importing import undoing
from leads.models import ImportBatch, Lead
from smarketing.foundation.refusals import Refusal

SHOWN = 20


class Command(BaseCommand):
    help = "Take an import back; leads that were worked on since stay, and are listed."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", type=int, help="the number that the import printed")
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")

    def handle(self, *, batch: int, **given: Any) -> None:
        try:
            result = undoing.undo(batch, by=None)
        except ImportBatch.DoesNotExist:
            self._fail(_unknown(batch))
        except Refusal as refusal:
            self._fail(str(refusal))
        self.stdout.write(json.dumps(result) if given["json"] else in_words(result))

    def _fail(self, sentence: str) -> None:
        self.stderr.write(sentence)
        sys.exit(1)


def _unknown(batch: int) -> str:
    last = ImportBatch.objects.order_by("-pk").values_list("pk", flat=True)[:10]
    known = ", ".join(map(str, last))
    return f"There is no batch {batch}. " + (
        f"The last ones are {known}." if known else "Nothing was imported yet."
    )


def in_words(result: dict[str, Any]) -> str:
    counts = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in result["voided"].items() if n)
    lines = [f"Batch {result['batch']} is undone: {counts or 'nothing'} voided, in {result['seconds']:.1f} s"]
    if result["restored"]:
        lines.append(f"{result['restored']:,} leads have facts back that the batch had changed")
    if result["kept"]:
        lines.append(f"{undoing.who_stays(result['kept'])[:-1]}:")
        lines += [f"  {lead.pk} {lead}" for lead in Lead.objects.filter(pk__in=result["kept_leads"][:SHOWN])]
    if result["kept"] > SHOWN:
        lines.append(f"  … and {result['kept'] - SHOWN:,} more")
    return "\n".join(lines)
