"""What the simulator keeps, as SQLite tables. A later version only adds tables: a kept state stays readable."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS catalogue (kind TEXT, id INTEGER, doc BLOB NOT NULL, PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS reason (
  reasonid INTEGER, providerid INTEGER, departmentid INTEGER, doc BLOB NOT NULL,
  PRIMARY KEY (reasonid, providerid, departmentid)); -- 0 = every one
CREATE TABLE IF NOT EXISTS schedule (id TEXT PRIMARY KEY, doc BLOB NOT NULL, laid_from TEXT, laid_until TEXT);
CREATE TABLE IF NOT EXISTS patient (
  id INTEGER PRIMARY KEY AUTOINCREMENT, firstname TEXT, lastname TEXT, dob TEXT, doc BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS patient_dob ON patient (dob);
CREATE TABLE IF NOT EXISTS appointment (
  id INTEGER PRIMARY KEY AUTOINCREMENT, date TEXT NOT NULL, starttime TEXT NOT NULL, duration INTEGER NOT NULL,
  departmentid INTEGER NOT NULL, providerid INTEGER NOT NULL, appointmenttypeid INTEGER NOT NULL,
  templateappointmentid INTEGER, templateappointmenttypeid INTEGER NOT NULL, slot_minutes INTEGER NOT NULL,
  status TEXT NOT NULL DEFAULT 'o', schedulable INTEGER NOT NULL DEFAULT 1, frozen INTEGER NOT NULL DEFAULT 0,
  reasonids TEXT, schedule TEXT, consumed_by INTEGER,
  patientid INTEGER, reasonid INTEGER, renderingproviderid INTEGER, supervisingproviderid INTEGER, urgent INTEGER,
  scheduledby TEXT, scheduleddatetime TEXT, lastmodifiedby TEXT, lastmodified TEXT,
  cancelreasonid INTEGER, cancelreasonname TEXT, cancelreasonnoshow INTEGER, cancelreasonslotavailable INTEGER,
  cancelledby TEXT, cancelleddatetime TEXT, rescheduledappointmentid INTEGER);
CREATE INDEX IF NOT EXISTS appointment_open ON appointment (departmentid, providerid, date) WHERE status = 'o';
CREATE INDEX IF NOT EXISTS appointment_taken ON appointment (date) WHERE status <> 'o';
CREATE INDEX IF NOT EXISTS appointment_patient ON appointment (patientid) WHERE patientid IS NOT NULL;
CREATE INDEX IF NOT EXISTS appointment_schedule ON appointment (schedule, date);
CREATE TABLE IF NOT EXISTS note (
  id INTEGER PRIMARY KEY AUTOINCREMENT, appointmentid INTEGER NOT NULL, text TEXT NOT NULL, created TEXT NOT NULL,
  createdby TEXT NOT NULL, displayonschedule INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS note_appointment ON note (appointmentid);
CREATE TABLE IF NOT EXISTS token (token TEXT PRIMARY KEY, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS used (day TEXT PRIMARY KEY, calls INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS call (id INTEGER PRIMARY KEY AUTOINCREMENT, op TEXT, status INTEGER, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS granted (token TEXT PRIMARY KEY, scope TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS feed (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, subject INTEGER NOT NULL, queued TEXT NOT NULL, read TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS feed_waiting ON feed (kind, subject) WHERE read IS NULL;
CREATE INDEX IF NOT EXISTS feed_read ON feed (kind, read) WHERE read IS NOT NULL;
CREATE TABLE IF NOT EXISTS policy (
  id INTEGER PRIMARY KEY AUTOINCREMENT, patientid INTEGER NOT NULL, sequencenumber INTEGER NOT NULL, cancelled TEXT,
  doc BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS policy_active ON policy (patientid, sequencenumber) WHERE cancelled IS NULL;
CREATE TABLE IF NOT EXISTS chosen_policy (
  appointmentid INTEGER PRIMARY KEY, primaryinsuranceid INTEGER, secondaryinsuranceid INTEGER);
CREATE TABLE IF NOT EXISTS privacy (patientid INTEGER PRIMARY KEY, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS merged (id INTEGER PRIMARY KEY, survivor INTEGER NOT NULL, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS hook (
  id TEXT PRIMARY KEY, topic TEXT NOT NULL, endpoint TEXT NOT NULL, secret TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS confirmation (appointmentid INTEGER PRIMARY KEY, mailed INTEGER NOT NULL);
"""
TABLES = (
    "kept", "catalogue", "reason", "schedule", "patient", "appointment", "note", "token", "used", "call", "granted",
    "feed", "policy", "chosen_policy", "privacy", "merged", "hook", "confirmation",
)  # fmt: skip
