"""Fill what migration 0023 made, a few leads at a time, beside the work that goes on; may be run again."""

from django.db import migrations
from django.db.models import Max

STEP = 10_000


def fill(apps, editor) -> None:
    last = apps.get_model("leads", "Lead").objects.aggregate(last=Max("pk"))["last"] or 0
    for first in range(1, last + 1, STEP):
        editor.execute(
            "SELECT leads_reckon_last_touch(ARRAY(SELECT id FROM leads_lead WHERE id BETWEEN %s AND %s))",
            [first, first + STEP - 1],
        )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0023_last_touch")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
