import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reporting.catalogue import OPTIONS, REPORTS, read
from reporting.credited import MARKOV
from reporting.exports.aligned import aligned
from reporting.exports.flat import as_file, closed_loop_cells, ensure_format, flat
from reporting.periods import WrongUsage
from reporting.scope import BASES, DIMENSIONS, MODELS, choose
from smarketing.foundation.csvs import write_rows
from smarketing.foundation.models import Organisation


class Command(BaseCommand):
    help = "Prints a report. The result alone goes to standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help=f"one of: {', '.join(REPORTS)}")
        parser.add_argument("--since", metavar="DAY", help="from this local day on")
        parser.add_argument("--until", metavar="DAY", help="up to, not including, this local day")
        parser.add_argument("--as-of", metavar="T", help="only what happened by then; a day means its end")
        parser.add_argument("--known-at", metavar="T", help="only what was recorded by then")
        parser.add_argument("--by", metavar="DIMENSION", help=f"one of: {', '.join(DIMENSIONS)}")
        parser.add_argument("--model", help=f"of credited revenue, one of: {', '.join(MODELS)}; {MARKOV}")
        parser.add_argument("--basis", help=f"one of: {', '.join(BASES)}")
        parser.add_argument("--currency", metavar="CODE", help="the organisation's, if none is given")
        parser.add_argument("--format", default="table", help="table, json or csv")
        parser.add_argument(
            "--json", action="store_const", const="json", dest="format", help="as --format json"
        )

    def handle(self, *, name: str, format: str, **options: Any) -> None:
        try:
            choose("report", name, list(REPORTS))
            ensure_format(format)
            make, allowed = REPORTS[name]
            given = {option: options[option] for option in OPTIONS if options[option] is not None}
            report = make(**read(name, given, allowed, spell=as_option))
        except WrongUsage as error:
            raise CommandError(str(error), returncode=2) from None
        except Organisation.DoesNotExist:
            raise CommandError(
                "There is no organisation yet. Make it with `python manage.py setup`."
            ) from None
        PRINTERS[format](self.stdout, name, report)


def as_option(option: str) -> str:
    return f"--{option.replace('_', '-')}"


def print_json(stream: Any, name: str, report: dict[str, Any]) -> None:
    stream.write(json.dumps(report, ensure_ascii=False))


def print_csv(stream: Any, name: str, report: dict[str, Any]) -> None:
    header, rows = as_file(name, report)
    write_rows(stream, [header, *rows])


def print_table(stream: Any, name: str, report: dict[str, Any]) -> None:
    header, rows = flat(name, report)
    if name == "closed_loop":
        rows.append(["total", *closed_loop_cells(report["total"])[1:], report["currency"]])
    for line in aligned(header, rows):
        stream.write(line)
    if version := report["definition_version"]:
        stream.write(f"Definitions: version {version}, as both heads signed it.")
    else:
        stream.write("Definitions: version 0, the unsigned default.")
    for lack in report.get("unconverted", []):
        stream.write(
            f"Not converted ({lack['what']}): {lack['count']} × {lack['currency']}, {lack['sum']} in all."
        )


PRINTERS = {"json": print_json, "csv": print_csv, "table": print_table}
