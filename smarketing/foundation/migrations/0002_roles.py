from django.db import migrations

from smarketing.foundation.roles import append_only, grant_everything


class Migration(migrations.Migration):
    dependencies = [
        ("foundation", "0001_initial"),
        ("account", "0001_initial"),
        ("sessions", "0001_initial"),
        ("auth", "0001_initial"),
    ]
    operations = [grant_everything(), *append_only("foundation_auditevent")]
