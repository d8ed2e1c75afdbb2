CREATE DATABASE verity_audit;
CREATE TABLE verity_audit.access_events (
  event_id UUID DEFAULT generateUUIDv4(),
  occurred_at DateTime64(3, 'UTC'),
  principal LowCardinality(String),
  principal_kind LowCardinality(String),
  resource String,
  data_class LowCardinality(String),
  action String,
  decision LowCardinality(String),
  is_privileged UInt8,
  purpose String,
  reason_given_at Nullable(DateTime64(3, 'UTC')),
  legal_basis String,
  consent_valid UInt8,
  subject_id String,
  session_id String,
  is_emergency UInt8
) ENGINE = MergeTree ORDER BY occurred_at;
INSERT INTO verity_audit.access_events (
  occurred_at, principal, principal_kind, resource, data_class, action, decision, is_privileged,
  purpose, reason_given_at, legal_basis, consent_valid, subject_id, session_id, is_emergency
) VALUES
-- Before the day, its first and last instants, and after it.
('2026-06-30 23:59:59.999', 'ana', 'person', 'cards', 'cardholder', 'read', 'allowed', 0, '', NULL, '', 0, 'c9', '', 0),
('2026-07-01 00:00:00.000', 'ana', 'person', 'cards', 'cardholder', 'read', 'allowed', 0, 'refund', '2026-06-30 23:00:00', '', 0, 'c1', '', 0),
('2026-07-01 23:59:59.999', 'ben', 'person', 'cards', 'cardholder', 'read', 'denied', 0, '', NULL, '', 0, 'c1', '', 0),
('2026-07-02 00:00:00.000', 'ana', 'person', 'cards', 'cardholder', 'read', 'allowed', 0, '', NULL, '', 0, 'c9', '', 0),
-- Card data: explained afterwards, never, and with words but no time.
('2026-07-01 10:00:00.250', 'ana', 'person', 'cards', 'cardholder', 'read', 'allowed', 0, 'refund', '2026-07-01 11:00:00', '', 0, 'c2', '', 0),
('2026-07-01 12:00:00.000', 'ana', 'person', 'cards', 'cardholder', 'read', 'allowed', 0, '', '2026-07-01 11:00:00', '', 0, 'c2', '', 0),
('2026-07-01 13:00:00.000', 'ana', 'person', 'cards', 'cardholder', 'read', 'allowed', 0, 'refund', NULL, '', 0, '', '', 0),
('2026-07-01 22:00:00.000', 'ben', 'person', 'cards', 'cardholder', 'read', 'denied', 0, '', NULL, '', 0, 'c1', '', 0),
-- Health information: explained in the same instant, and never.
('2026-07-01 09:00:00.000', 'cy', 'person', 'records', 'health', 'read', 'allowed', 0, 'treatment', '2026-07-01 09:00:00', '', 0, 'p1', '', 0),
('2026-07-01 09:30:00.000', 'cy', 'person', 'records', 'health', 'read', 'allowed', 0, '', NULL, '', 0, 'p1', '', 0),
-- Personal data: by consent, after it was withdrawn, without a ground; denied after it was withdrawn, denied otherwise.
('2026-07-01 08:00:00.000', 'mailer', 'service', 'customers', 'personal', 'read', 'allowed', 0, '', NULL, 'consent', 1, 's1', '', 0),
('2026-07-01 08:01:00.000', 'mailer', 'service', 'customers', 'personal', 'read', 'allowed', 0, '', NULL, 'consent', 0, 's2', '', 0),
('2026-07-01 08:02:00.000', 'mailer', 'service', 'customers', 'personal', 'read', 'allowed', 0, '', NULL, '', 0, 's2', '', 0),
('2026-07-01 08:03:00.000', 'mailer', 'service', 'customers', 'personal', 'read', 'denied', 0, '', NULL, 'consent', 0, 's3', '', 0),
('2026-07-01 08:04:00.000', 'mailer', 'service', 'customers', 'personal', 'read', 'denied', 0, '', NULL, '', 0, 's4', '', 0),
-- Privileged actions: explained before, never, and denied.
('2026-07-01 14:00:00.000', 'dba', 'person', 'orders', 'other', 'alter', 'allowed', 1, 'CHG-7', '2026-07-01 13:00:00', '', 0, '', '', 0),
('2026-07-01 15:00:00.000', 'dba', 'person', 'orders', 'other', 'alter', 'allowed', 1, '', NULL, '', 0, '', '', 0),
('2026-07-01 15:30:00.000', 'dba', 'person', 'orders', 'other', 'alter', 'denied', 1, '', NULL, '', 0, '', '', 0),
-- Training data.
('2026-07-01 16:00:00.000', 'eve', 'person', 'faces', 'training', 'read', 'allowed', 0, '', NULL, '', 0, '', '', 0),
('2026-07-01 16:05:00.000', 'eve', 'person', 'faces', 'training', 'export', 'allowed', 0, '', NULL, '', 0, '', '', 0),
-- Emergencies: one with a reason, one without, one that was denied.
('2026-07-01 20:00:00.000', 'ana', 'person', 'ledger', 'other', 'read', 'allowed', 1, 'the ledger stood still', '2026-07-01 20:30:00', '', 0, '', 'em-1', 1),
('2026-07-01 21:15:00.000', 'ana', 'person', 'ledger', 'other', 'read', 'allowed', 0, '', NULL, '', 0, '', 'em-1', 1),
('2026-07-01 02:00:00.000', 'ben', 'person', 'ledger', 'other', 'read', 'allowed', 0, '', NULL, '', 0, '', 'em-2', 1),
('2026-07-01 02:30:00.000', 'ben', 'person', 'ledger', 'other', 'read', 'denied', 0, '', NULL, '', 0, '', 'em-3', 1);
