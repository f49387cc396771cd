"""One `import_leads` in a process of its own: how long it took, how many leads it made, its most memory."""

import io
import json
import resource
import sys
from pathlib import Path
from time import perf_counter

import django

STATUS = Path("/proc/self/status")


def megabytes() -> float:
    """The most memory this process ever had. `ru_maxrss` would count what its parent had, too."""
    if STATUS.exists():
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024  # macOS counts bytes


def main() -> None:
    django.setup()
    from django.core.management import call_command

    said = io.StringIO()
    start = perf_counter()
    call_command("import_leads", *sys.argv[1:], "--json", stdout=said, stderr=io.StringIO())
    seconds = perf_counter() - start
    created = json.loads(said.getvalue())["created"]
    print(json.dumps({"seconds": seconds, "created": created, "megabytes": megabytes()}))


if __name__ == "__main__":
    main()
