"""News of returned leads that are due, which may be muted like other mail."""

from django.db import migrations, models

KINDS = ["new_lead", "own_warning", "unowned_warning", "team_breach", "nurture_due"]


class Migration(migrations.Migration):
    dependencies = [("foundation", "0005_people")]

    operations = [
        migrations.AlterField(
            model_name="mute",
            name="kind",
            field=models.CharField(
                choices=[
                    ("new_lead", "A lead was handed over to me"),
                    ("own_warning", "A promise on my lead is about to break"),
                    ("unowned_warning", "A promise on nobody’s lead is about to break"),
                    ("team_breach", "A promise of somebody in my team broke"),
                    ("nurture_due", "Returned leads are due again"),
                ],
                max_length=20,
            ),
        ),
        migrations.RemoveConstraint(model_name="mute", name="mute_is_known"),
        migrations.AddConstraint(
            model_name="mute",
            constraint=models.CheckConstraint(
                condition=models.Q(kind__in=KINDS) & models.Q(way__in=["app", "mail"]), name="mute_is_known"
            ),
        ),
    ]
