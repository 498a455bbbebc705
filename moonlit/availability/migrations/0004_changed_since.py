"""The one statement a read makes, as a function: planned once per connection, never by sequential scan.

Planning it anew costs three times what running it does, and PostgreSQL would plan it anew each time, because without
the values it expects a third of every table to have changed.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION availability_changed_since(
  since xid8, at timestamptz, counted_from date,
  OUT oldest_open bigint, OUT wrote_nothing boolean, OUT facts_version bigint, OUT changed text, OUT standing text
) LANGUAGE plpgsql STABLE SET plan_cache_mode TO force_generic_plan SET enable_seqscan TO off SET jit TO off AS $$
BEGIN
  SELECT
    pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
    pg_current_xact_id_if_assigned() IS NULL,
    (SELECT version FROM practice_factsversion WHERE id = 1),
    json_build_array(
      (SELECT json_agg(json_build_array(visit_type_id, location_id, provider_id, first_day, slot_minutes,
                                        encode(bits, 'base64'), odd_starts))
         FROM availability_providercalendar c WHERE c.changed >= since),
      (SELECT json_agg(json_build_array(provider_id, kind, starts, count))
         FROM availability_capcount n WHERE n.changed >= since AND starts >= counted_from),
      (SELECT json_agg(json_build_array(location_id, provider_id, extract(epoch FROM as_of),
                                        extract(epoch FROM near_as_of), near_to, error <> ''))
         FROM availability_mirrorstate m WHERE m.changed >= since))::text,
    json_build_array(
      (SELECT json_agg(json_build_array(location_id, time_zone) ORDER BY location_id)
         FROM availability_departmentzone WHERE agrees),
      (SELECT json_agg(json_build_array(provider_id, extract(epoch FROM lower(during)),
                                        extract(epoch FROM upper(during)), local_date, new_patient)
                       ORDER BY appointment)
         FROM availability_occupancy WHERE live AND expires_at > at))::text
  INTO oldest_open, wrote_nothing, facts_version, changed, standing;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("availability", "0003_freshness_and_zones"),
        ("practice", "0002_facts_version_numbers"),
    ]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION availability_changed_since(xid8, timestamptz, date)"),
    ]
