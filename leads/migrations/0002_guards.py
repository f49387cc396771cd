"""What PostgreSQL itself refuses: a stage that history does not bear out, a rewritten history, a second end
of a hand-over. Everything here holds against the ORM, bulk statements and raw SQL alike."""

from django.db import migrations

from leads.stages import MOVES
from smarketing.foundation.roles import append_only, grant_everything, read_only


def fill_allowed_moves(apps, schema_editor) -> None:
    AllowedMove = apps.get_model("leads", "AllowedMove")
    AllowedMove.objects.bulk_create(
        AllowedMove(
            move=move,
            from_stage=before.stage,
            from_standing=before.standing,
            to_stage=after.stage,
            to_standing=after.standing,
        )
        for move, pairs in MOVES.items()
        for before, after in pairs
    )


CHAIN = """
ALTER TABLE leads_stagechange
    ADD CONSTRAINT history_move_is_allowed
        FOREIGN KEY (move, from_stage, from_standing, to_stage, to_standing)
        REFERENCES leads_allowedmove (move, from_stage, from_standing, to_stage, to_standing),
    ADD CONSTRAINT history_starts_where_it_ended
        FOREIGN KEY (lead_id, prev_seq, from_stage, from_standing)
        REFERENCES leads_stagechange (lead_id, seq, to_stage, to_standing);
ALTER TABLE leads_lead
    ADD CONSTRAINT lead_stands_where_history_says
        FOREIGN KEY (id, seq, stage, standing)
        REFERENCES leads_stagechange (lead_id, seq, to_stage, to_standing)
        DEFERRABLE INITIALLY DEFERRED;
"""

# A live row must continue from where the lead stands now; an undo must take back the row right before it,
# by the same author, within ten minutes; the chain may only adopt a place that its history shows, and only
# where history was imported: a late fact may take an earlier row out of the count, so that the one before decides.
LIVE_ROW = """
CREATE FUNCTION leads_check_live_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    standing_now record;
    undone record;
BEGIN
    SELECT stage, standing, seq INTO standing_now FROM leads_lead WHERE id = NEW.lead_id FOR NO KEY UPDATE;
    IF NEW.seq <> coalesce(standing_now.seq, 0) + 1 THEN
        RAISE EXCEPTION 'lead %: history row % does not follow row %', NEW.lead_id, NEW.seq, standing_now.seq
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.from_stage IS NULL THEN
        IF NEW.move <> 'capture' OR EXISTS (SELECT 1 FROM leads_stagechange WHERE lead_id = NEW.lead_id) THEN
            RAISE EXCEPTION 'lead %: only the first row of a new lead comes from nowhere', NEW.lead_id
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.from_stage, NEW.from_standing) IS DISTINCT FROM (standing_now.stage, standing_now.standing) THEN
        RAISE EXCEPTION 'lead % stands at %/%, not at %/%', NEW.lead_id, standing_now.stage,
            standing_now.standing, NEW.from_stage, NEW.from_standing USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.move = 'undo' THEN
        SELECT * INTO undone FROM leads_stagechange WHERE id = NEW.undoes_id;
        IF undone.lead_id <> NEW.lead_id OR undone.seq IS DISTINCT FROM NEW.prev_seq
            OR undone.by_id IS DISTINCT FROM NEW.by_id OR NEW.at > undone.at + interval '10 minutes'
            OR (undone.from_stage, undone.from_standing) IS DISTINCT FROM (NEW.to_stage, NEW.to_standing) THEN
            RAISE EXCEPTION 'lead %: this row may not be undone', NEW.lead_id
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    IF NEW.move = 'adopt' AND NOT EXISTS (
        SELECT 1 FROM leads_stagechange c WHERE lead_id = NEW.lead_id AND move NOT IN ('undo', 'adopt')
            AND to_stage = NEW.to_stage AND to_standing = NEW.to_standing
            AND NOT EXISTS (SELECT 1 FROM leads_stagechange u WHERE u.undoes_id = c.id)
    ) OR NEW.move = 'adopt' AND NOT EXISTS (
        SELECT 1 FROM leads_stagechange WHERE lead_id = NEW.lead_id AND kind = 'historic'
    ) THEN
        RAISE EXCEPTION 'lead %: no historic row shows %/%', NEW.lead_id, NEW.to_stage, NEW.to_standing
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leads_stagechange_live BEFORE INSERT ON leads_stagechange
    FOR EACH ROW WHEN (NEW.kind = 'live') EXECUTE FUNCTION leads_check_live_row();

CREATE FUNCTION leads_check_row_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM leads_lead WHERE id = NEW.lead_id AND seq >= NEW.seq) THEN
        RAISE EXCEPTION 'lead % does not stand where its history row % says', NEW.lead_id, NEW.seq
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER leads_stagechange_taken AFTER INSERT ON leads_stagechange
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.kind = 'live') EXECUTE FUNCTION leads_check_row_taken();
"""

LEAD = """
CREATE FUNCTION leads_check_seq() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq IS NULL OR NEW.seq < OLD.seq THEN
        RAISE EXCEPTION 'lead %: history does not run backwards', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leads_lead_seq BEFORE UPDATE OF seq ON leads_lead
    FOR EACH ROW WHEN (OLD.seq IS NOT NULL) EXECUTE FUNCTION leads_check_seq();

CREATE FUNCTION leads_check_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM leads_stagechange WHERE lead_id = NEW.id AND kind = 'historic'
            AND to_stage = NEW.stage AND to_standing = NEW.standing
    ) THEN
        RAISE EXCEPTION 'lead %: no history shows %/%', NEW.id, NEW.stage, NEW.standing
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER leads_lead_evidence_new AFTER INSERT ON leads_lead
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.seq IS NULL AND (NEW.stage <> 'visitor' OR NEW.standing <> 'active'))
    EXECUTE FUNCTION leads_check_evidence();
CREATE CONSTRAINT TRIGGER leads_lead_evidence_changed AFTER UPDATE OF stage, standing, seq ON leads_lead
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.seq IS NULL AND (NEW.stage <> 'visitor' OR NEW.standing <> 'active'))
    EXECUTE FUNCTION leads_check_evidence();
"""

HANDOVER = """
CREATE FUNCTION leads_check_handover() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a hand-over is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (OLD.lead_id, OLD.entry_id, OLD.rep_id, OLD.opened_at) IS DISTINCT FROM
        (NEW.lead_id, NEW.entry_id, NEW.rep_id, NEW.opened_at) THEN
        RAISE EXCEPTION 'hand-over %: lead, entry, rep and opening stay', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.ended_at IS NOT NULL AND NOT (
        NEW.ended_at IS NULL
        AND EXISTS (SELECT 1 FROM leads_stagechange WHERE undoes_id = OLD.ended_by_change_id)
    ) THEN
        RAISE EXCEPTION 'hand-over % has ended', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leads_handover_once BEFORE UPDATE OR DELETE ON leads_handover
    FOR EACH ROW EXECUTE FUNCTION leads_check_handover();
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial"), ("foundation", "0002_roles")]
    operations = [
        grant_everything(),
        migrations.RunPython(fill_allowed_moves, migrations.RunPython.noop),
        migrations.RunSQL(CHAIN, migrations.RunSQL.noop),
        migrations.RunSQL(LIVE_ROW, migrations.RunSQL.noop),
        migrations.RunSQL(LEAD, migrations.RunSQL.noop),
        migrations.RunSQL(HANDOVER, migrations.RunSQL.noop),
        *append_only(
            "leads_stagechange",
            "leads_touch",
            "leads_assignment",
            "leads_activity",
            "leads_refund",
            "leads_suppressionhit",
        ),
        *read_only("leads_allowedmove"),
    ]
