-- Every right of the account that could change something, with the statement that takes it away. What PUBLIC has, the account has.
-- TEMP is no such right: temporary tables are the session's own. BYPASSRLS is none either: it lets the account read all rows.
WITH member AS (
  SELECT role.oid, role.rolname, role.rolsuper, role.rolcreaterole, role.rolcreatedb, role.rolreplication
  FROM pg_catalog.pg_roles AS role
  JOIN pg_catalog.pg_roles AS own ON own.rolname = session_user
  -- A superuser may become everybody: that it is one says enough.
  WHERE role.oid = own.oid OR NOT own.rolsuper AND pg_catalog.pg_has_role(own.oid, role.oid, 'MEMBER')
), relation AS (
  SELECT class.oid, class.relkind, class.relowner, pg_catalog.format('%I.%I', space.nspname, class.relname) AS name
  FROM pg_catalog.pg_class AS class
  JOIN pg_catalog.pg_namespace AS space ON space.oid = class.relnamespace
  WHERE class.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND space.nspname <> 'information_schema' AND space.nspname NOT LIKE 'pg\_%'
), space AS (
  SELECT space.oid, space.nspname FROM pg_catalog.pg_namespace AS space
  WHERE space.nspname <> 'information_schema' AND space.nspname NOT LIKE 'pg\_%'
), found AS (
  SELECT 1 AS place, member.rolname, pg_catalog.format('role %I is %s', member.rolname, attribute.name) AS what,
    pg_catalog.format('ALTER ROLE %I NO%s', member.rolname, attribute.name) AS remedy
  FROM member, LATERAL (VALUES
    ('SUPERUSER', member.rolsuper), ('CREATEROLE', member.rolcreaterole),
    ('CREATEDB', member.rolcreatedb), ('REPLICATION', member.rolreplication)
  ) AS attribute (name, held)
  WHERE attribute.held
  UNION ALL
  SELECT 2, member.rolname, pg_catalog.format('member of %I', member.rolname),
    pg_catalog.format('REVOKE %I FROM %I', member.rolname, session_user)
  FROM member
  WHERE member.rolname IN (
    'pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program', 'pg_signal_backend', 'pg_create_subscription',
    'pg_maintain', 'pg_checkpoint', 'rds_superuser', 'rds_replication', 'cloudsqlsuperuser', 'azure_pg_admin'
  )
  UNION ALL
  SELECT 3, member.rolname, pg_catalog.format('CREATE on database %I', pg_catalog.current_database()),
    pg_catalog.format('REVOKE CREATE ON DATABASE %I FROM %I, PUBLIC', pg_catalog.current_database(), member.rolname)
  FROM member
  WHERE NOT member.rolsuper AND pg_catalog.has_database_privilege(member.oid, pg_catalog.current_database(), 'CREATE')
  UNION ALL
  SELECT 4, member.rolname, pg_catalog.format('CREATE in schema %I', space.nspname),
    pg_catalog.format('REVOKE CREATE ON SCHEMA %I FROM %I, PUBLIC', space.nspname, member.rolname)
  FROM member, space
  WHERE NOT member.rolsuper AND pg_catalog.has_schema_privilege(member.oid, space.oid, 'CREATE')
  UNION ALL
  SELECT 5, member.rolname, pg_catalog.format('owner of %s', relation.name),
    pg_catalog.format('ALTER TABLE %s OWNER TO another role', relation.name)
  FROM member JOIN relation ON relation.relowner = member.oid
  WHERE NOT member.rolsuper
  UNION ALL
  SELECT 6, member.rolname, pg_catalog.format('%s on %s', privilege.name, relation.name),
    pg_catalog.format('REVOKE %s ON %s FROM %I, PUBLIC', privilege.name, relation.name, member.rolname)
  FROM member, relation, LATERAL (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('TRIGGER')) AS privilege (name)
  WHERE NOT member.rolsuper AND relation.relkind <> 'S' AND relation.relowner <> member.oid AND (
    pg_catalog.has_table_privilege(member.oid, relation.oid, privilege.name)
    OR privilege.name IN ('INSERT', 'UPDATE') AND pg_catalog.has_any_column_privilege(member.oid, relation.oid, privilege.name))
  UNION ALL
  SELECT 7, member.rolname, pg_catalog.format('UPDATE on sequence %s', relation.name),
    pg_catalog.format('REVOKE UPDATE, USAGE ON SEQUENCE %s FROM %I, PUBLIC', relation.name, member.rolname)
  FROM member, relation
  WHERE NOT member.rolsuper AND relation.relkind = 'S' AND relation.relowner <> member.oid
    AND pg_catalog.has_sequence_privilege(member.oid, relation.oid, 'UPDATE, USAGE')
)
SELECT what, remedy FROM found ORDER BY place, what, remedy
