"""One tick and one delivery by a host whose clock is wrong by so many seconds; prints what they did."""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta

import django
import time_machine


def main(seconds: int) -> None:
    django.setup()
    from django.db.models import F
    from django.utils.timezone import now

    from sla import tasks
    from sla.models import Alert, Deadline
    from smarketing.foundation import tasks as ground
    from smarketing.foundation.models import OutboxItem
    from smarketing.foundation.moments import database_now

    with time_machine.travel(time.time() + seconds, tick=True):
        right = abs(database_now() - now()) < timedelta(seconds=60)
        assert right == (not seconds), "the host's clock was not changed"
        tasks.tick()
        ground.tick()
    fired = Deadline.objects.exclude(fired_at=None)
    told = {
        "deadlines": sorted(fired.values_list("clock__lead", "kind")),
        "skipped": sorted(Deadline.objects.exclude(skipped_at=None).values_list("clock__lead", "kind")),
        "breaches": fired.filter(kind="breach").count(),
        "warnings": fired.filter(kind="warning").count(),
        "told": sorted(Alert.objects.values_list("recipient", "deadline__clock__lead", "many", "broken")),
        "mails": OutboxItem.objects.exclude(done_at=None).count(),
        "waiting": OutboxItem.objects.filter(done_at=None).count(),
        "due": sorted(str(due) for due in Deadline.objects.values_list(F("due_at"), flat=True)),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]))
