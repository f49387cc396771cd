"""What was proposed cannot be changed under a signature, and what was signed cannot be changed at all."""

from django.db import migrations

GUARD = """
CREATE FUNCTION leads_check_definition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'definition %: no version is ever deleted', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.status IN ('signed', 'withdrawn') THEN
            RAISE EXCEPTION 'definition %: it is % and stays as it is', OLD.id, OLD.status
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF OLD.status = 'draft' AND NEW.status = 'signed' THEN
            RAISE EXCEPTION 'definition %: a draft is proposed before it is signed', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF OLD.status = 'proposed' AND (NEW.document, NEW.summary, NEW.based_on_id, NEW.revision, NEW.starts_on)
            IS DISTINCT FROM (OLD.document, OLD.summary, OLD.based_on_id, OLD.revision, OLD.starts_on) THEN
            RAISE EXCEPTION 'definition %: what is proposed cannot be changed', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF OLD.status = 'proposed' AND NEW.status IN ('proposed', 'signed') AND (
            OLD.marketing_by_id IS NOT NULL
                AND (NEW.marketing_by_id, NEW.marketing_at) IS DISTINCT FROM (OLD.marketing_by_id, OLD.marketing_at)
            OR OLD.sales_by_id IS NOT NULL
                AND (NEW.sales_by_id, NEW.sales_at) IS DISTINCT FROM (OLD.sales_by_id, OLD.sales_at)
        ) THEN
            RAISE EXCEPTION 'definition %: a signature stays whose it is', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    IF NEW.status = 'signed' THEN
        SELECT max(version) AS version, max(in_force_from) AS begun INTO last
        FROM leads_definition WHERE status = 'signed' AND id <> NEW.id;
        IF NEW.version <> coalesce(last.version, 0) + 1 OR NEW.in_force_from <= last.begun THEN
            RAISE EXCEPTION 'definition %: version % from % does not follow version % from %', NEW.id, NEW.version,
                NEW.in_force_from, last.version, last.begun USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leads_definition_stays BEFORE INSERT OR UPDATE OR DELETE ON leads_definition
    FOR EACH ROW EXECUTE FUNCTION leads_check_definition();
"""

UNGUARD = """
DROP TRIGGER leads_definition_stays ON leads_definition;
DROP FUNCTION leads_check_definition();
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0013_scoring")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
