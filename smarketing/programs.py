"""How web, worker and beat are called: once for `manage.py up` and for `manage.py run` in a container."""

import sys
from pathlib import Path

CELERY = [sys.executable, "-m", "celery", "-A", "smarketing.celery"]
NAMES = ("web", "worker", "beat")


def web(bind: str, scratch: Path) -> list[str]:
    """The web server on `bind`; `scratch` is a folder for the sign of life its processes leave there."""
    options = {
        "bind": bind,
        "worker-class": "gthread",
        "workers": "2",
        "threads": "4",
        "timeout": "60",
        "graceful-timeout": "8",
        "worker-tmp-dir": str(scratch),
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    # Its control socket would lie in the home folder, outside the data folder.
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--preload",
        "--no-control-socket",
        *flags,
        "smarketing.wsgi:application",
    ]


def worker() -> list[str]:
    """One worker for both queues; each task bounds its own time, so that neither queue starves."""
    return [
        *CELERY,
        *["worker", "-l", "INFO", "-c", "2", "-Q", "tick,bulk", "--without-gossip", "--without-mingle"],
    ]


def beat(run: Path) -> list[str]:
    """The clock that sends hints. A second one only doubles hints, so no lock file keeps it out."""
    scheduler = ["-S", "smarketing.scheduler.Scheduler", "-s", str(run / "beat-schedule")]
    return [*CELERY, "beat", "-l", "INFO", *scheduler, "--pidfile="]
