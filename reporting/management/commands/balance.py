"""`manage.py balance`: the ledger of hand-overs, and the proof that no lead vanished."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reporting import ledger, reconcile
from reporting.exports.aligned import aligned
from reporting.periods import WrongUsage, parse_day
from reporting.reconcile import Finding, Proof
from reporting.snapshot import snapshot
from smarketing.foundation.models import Organisation

SHOWN = 20  # leads of one difference that are printed; --json has more


class Command(BaseCommand):
    help = (
        "Proves the ledger: delivered = accepted + rejected + recycled + reassigned + withdrawn + open, and every "
        "lead where its history says. Exit 1 and the offending leads where it does not balance."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", metavar="DAY", help="tell of hand-overs from this local day on")
        parser.add_argument("--until", metavar="DAY", help="up to, not including, this local day")
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")

    def handle(self, *, since: str | None, until: str | None, **given: Any) -> None:
        try:
            scope = ledger.make_ledger_scope(
                since=parse_day(since, "--since") if since else None,
                until=parse_day(until, "--until") if until else None,
            )
        except WrongUsage as error:
            raise CommandError(str(error), returncode=2) from None
        except Organisation.DoesNotExist:
            raise CommandError(
                "There is no organisation yet. Make it with `python manage.py setup`."
            ) from None
        with snapshot():  # the ledger and its proof look at one and the same state
            report, proof = ledger.ledger_in_full(scope), reconcile.prove(scope.as_of)
        wrong = ledger.unbalanced(report)
        if given["json"]:
            self.stdout.write(json.dumps(as_json(report, proof, wrong), ensure_ascii=False))
        else:
            self.tell(report, proof)
        if wrong or not proof.balances:
            raise CommandError(reason(proof, wrong))

    def tell(self, report: dict[str, Any], proof: Proof) -> None:
        for by in ledger.BY:
            self.table(by, report[by], report["total"])
        self.stdout.write(
            f"{proof.handovers:,} hand-overs and {proof.leads:,} leads held against their history "
            f"in {proof.seconds} s: {proof.differences:,} differences."
        )
        for finding in proof.findings:
            self.difference(finding)
        if proof.balances:
            self.stdout.write("The ledger balances.")

    def table(self, by: str, lines: list[dict[str, Any]], total: dict[str, Any]) -> None:
        names = [line["key"] or f"no {by}" for line in lines]
        rows = [[name, *counts(line)] for name, line in zip(names, lines, strict=True)]
        for text in aligned([by, *ledger.COUNTED], [*rows, ["total", *counts(total)]]):
            self.stdout.write(text)
        self.stdout.write("")

    def difference(self, finding: Finding) -> None:
        self.stdout.write(f"\n{finding.says} Not so {finding.count:,} times:")
        for offender in finding.offenders[:SHOWN]:
            self.stdout.write(f"  lead {offender.lead}: {offender.about}")
        if finding.count > SHOWN:
            self.stdout.write(f"  and {finding.count - SHOWN:,} more")


def counts(line: dict[str, Any]) -> list[int]:
    return [line[name] for name in ledger.COUNTED]


def reason(proof: Proof, wrong: list[dict[str, Any]]) -> str:
    parts = [f"{proof.differences:,} differences"] if not proof.balances else []
    parts += [f"{len(wrong):,} sums that do not add up"] if wrong else []
    return f"The ledger does not balance: {' and '.join(parts)}."


def as_json(report: dict[str, Any], proof: Proof, wrong: list[dict[str, Any]]) -> dict[str, Any]:
    """`cells` are campaign × rep × week; `differences` name up to a hundred leads each and count all."""
    return {
        "balances": proof.balances and not wrong,
        **{name: report[name] for name in ("since", "until", "as_of", "total")},
        **{f"by_{by}": report[by] for by in ledger.BY},
        "cells": report["cells"],
        "unbalanced": wrong,
        "proved": {"leads": proof.leads, "handovers": proof.handovers, "seconds": proof.seconds},
        "differences": [
            {
                "check": finding.code,
                "says": finding.says,
                "count": finding.count,
                "leads": [{"lead": each.lead, "about": each.about} for each in finding.offenders],
            }
            for finding in proof.findings
        ],
    }
