// The schema, as numbered steps forward. A step is never edited once it is merged.

import type { Database } from './database.ts'
import { sql } from './sql.ts'

interface Migration {
  number: number
  /** What it is for. */
  name: string
  sql: string
}

export const migrations: readonly Migration[] = [
  {
    number: 1,
    name: 'the line: subscribers, messages, jobs, receipts, inbound texts, templates, keys',
    sql: `
create table subscriber (
  id uuid primary key,
  external_id text unique,               -- the service's own id; null for a bare number that was texted
  data_key bytea,                        -- wrapped by the key ring; null once erased
  number bytea,                          -- sealed under the data key
  number_hash bytea,
  block_hash bytea,
  country text,
  locale text,
  zone text,
  region text,
  profile bytea,                         -- sealed JSON
  consents jsonb not null default '{}',  -- {"titles": {"granted": true, "at": ..., "how": ..., "words": ...}}
  created_at timestamptz not null,
  updated_at timestamptz not null,
  erased_at timestamptz,
  check (data_key is not null or (number is null and profile is null))
);
create index subscriber_number on subscriber (number_hash);
create unique index subscriber_bare_number on subscriber (number_hash) where external_id is null;

create table suppression (               -- by keyed hash alone: it outlives erasure
  number_hash bytea not null,
  scope text not null check (scope in ('promotional', 'security', 'account', 'all')),
  reason text not null,
  at timestamptz not null,
  primary key (number_hash, scope)
);

create table message (
  id uuid primary key,
  subscriber_id uuid not null,
  number bytea,                          -- as it was when accepted, sealed under the subscriber's data key
  purpose text not null,
  state text not null check (state in ('held','queued','submitted','delivered','refused','cancelled','rejected',
                                       'undeliverable','expired','unanswered','unconfirmed')),
  reason text,
  sender text not null,
  originator text not null,
  country text,
  template text,
  template_version int,
  locale text,
  body bytea,                            -- sealed; null once dropped
  encoding text,
  segments smallint not null,
  cost_micros int,
  channel text,
  carrier_message_id text,               -- of a text of one segment; longer ones have rows in part
  reference int not null,                -- user_message_reference on the wire
  attempts int not null default 0,
  accepted_at timestamptz not null,
  not_before timestamptz,
  expires_at timestamptz not null,
  submitted_at timestamptz,
  ended_at timestamptz,
  explanation json not null
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
create index message_subscriber on message (subscriber_id, id);
create index message_carrier_id on message (carrier_message_id) where carrier_message_id is not null;
create index message_awaited on message (expires_at) where state = 'submitted';

create table part (                      -- the segments of a long text at the carrier
  channel text not null,
  carrier_message_id text not null,
  message_id uuid not null,
  number smallint not null,
  state text not null default 'submitted',
  primary key (channel, carrier_message_id)
);
create index part_message on part (message_id);

create table job (
  id uuid primary key,                   -- of what it is about: here, the message
  lane smallint not null,
  channel text not null,
  due_at timestamptz not null,
  dies_at timestamptz not null,
  attempts int not null default 0,       -- with claimed_by it fences a worker that was thought dead
  claimed_by text                        -- the worker; its lease is in worker
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
create index job_waiting on job (channel, lane, due_at, id) where claimed_by is null;
create index job_claimed on job (claimed_by) where claimed_by is not null;
create index job_dying on job (dies_at) where claimed_by is null;

create table worker (
  name text primary key,
  lease_until timestamptz not null       -- database time
);

create table parked_receipt (            -- receipts that came before the answer they belong to
  id uuid primary key,
  channel text not null,
  carrier_message_id text not null,
  state text not null,
  reason text,
  reference int,
  number_hash bytea,
  received_at timestamptz not null
);
create unique index parked_receipt_carrier_id on parked_receipt (carrier_message_id, channel);

create table inbound (
  id uuid primary key,
  subscriber_id uuid,
  number bytea,
  number_hash bytea not null,
  data_key bytea,                        -- of a number that no subscriber has
  addressed_to text not null,
  body bytea,
  keyword text,
  channel text not null,
  identity bytea not null,               -- what a repeated delivery has in common with the first
  received_at timestamptz not null
);
create index inbound_identity on inbound (identity);
create index inbound_subscriber on inbound (subscriber_id, id);

create table inbound_part (              -- parts of long texts, until the last of them is there
  channel text not null,
  number_hash bytea not null,
  addressed_to text not null,
  reference int not null,
  total smallint not null,
  sequence smallint not null,
  data_key bytea,                        -- both null once joined: only the identity stays, for repeats
  body bytea,
  identity bytea not null,
  is_joined boolean not null default false,
  received_at timestamptz not null,
  primary key (channel, number_hash, addressed_to, reference, total, sequence)
);
create index inbound_part_identity on inbound_part (identity);

create table template (
  name text not null,
  version int not null,
  purpose text not null,
  texts jsonb not null,                  -- {"en": "..."}
  created_at timestamptz not null,
  primary key (name, version)
);

create table api_key (
  id text primary key,
  name text not null,
  hash bytea not null,                   -- SHA-256 of a secret of 256 random bits
  scopes text[] not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);

create table idempotency (
  api_key_id text not null,
  key text not null,
  body_hash bytea not null,
  message_id uuid not null,
  answer json not null,
  at timestamptz not null,
  primary key (api_key_id, key)
);
create index idempotency_at on idempotency (at);

create table setting (
  name text primary key,
  value jsonb not null
);`,
  },
  {
    number: 2,
    name: 'the console: operators and how they sign in, the audit log, imports, what processes tell of themselves',
    sql: `
create table operator (
  id uuid primary key,
  name text not null,
  email text not null unique,            -- in lower case
  role text not null check (role in ('viewer', 'support', 'marketer', 'administrator')),
  is_active boolean not null default true,
  password_hash text,                    -- scrypt, with its parameters
  totp_secret bytea,                     -- sealed under the key ring
  totp_step bigint,                      -- the last step that was used: a code works once
  oidc_subject text unique,              -- issuer and subject, where a company signs in
  created_at timestamptz not null,
  seen_at timestamptz,                   -- wall time, as all of signing in
  check ((password_hash is null) = (totp_secret is null))
);

create table operator_passkey (
  id text primary key,                   -- the credential's id, base64url
  operator_id uuid not null references operator,
  name text not null,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null,
  created_at timestamptz not null,
  used_at timestamptz
);
create index operator_passkey_operator on operator_passkey (operator_id);

create table operator_link (             -- one-time links, by the hash of their secret
  hash bytea primary key,
  operator_id uuid not null references operator,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

create table operator_session (          -- by the hash of the cookie
  hash bytea primary key,
  operator_id uuid not null references operator,
  csrf text not null,
  started_at timestamptz not null,
  seen_at timestamptz not null,
  ends_at timestamptz not null
);
create index operator_session_operator on operator_session (operator_id);

create table operator_challenge (        -- challenges that were answered, until they end by themselves: one is answered once
  id text primary key,
  expires_at timestamptz not null
);

create table operator_failure (          -- tries that failed, by a keyed hash of the e-mail or the address
  id uuid primary key,
  who bytea not null,
  at timestamptz not null
);
create index operator_failure_who on operator_failure (who, at);

create table audit (
  id uuid primary key,
  at timestamptz not null,
  operator_id uuid,                      -- null for the command line
  action text not null,
  subject text,
  detail jsonb not null default '{}'
);
create index audit_subject on audit (subject, id);
create index audit_action on audit (action, id);
create function audit_is_append_only() returns trigger language plpgsql as $$ begin raise exception 'the audit log is append-only'; end $$;
create trigger audit_is_append_only before update or delete on audit for each row execute function audit_is_append_only();

create table import (
  id uuid primary key,
  name text not null,
  type text not null,                    -- media type
  state text not null check (state in ('uploading', 'running', 'done', 'failed')),
  claimed_by text,                       -- the folder that has the file
  lease_until timestamptz,               -- database time: of the process that works on it
  bytes bigint not null default 0,
  read_bytes bigint not null default 0,
  read int not null default 0,
  taken int not null default 0,
  made int not null default 0,
  bad int not null default 0,
  started_at timestamptz not null,
  ended_at timestamptz,
  operator_id uuid,
  failure text
);

create table import_problem (            -- the first thousand bad lines
  import_id uuid not null references import,
  line int not null,
  code text not null,
  detail text not null,
  primary key (import_id, line)
);

create table pulse (                     -- what a process counted in a few seconds; kept for an hour
  process text not null,
  at timestamptz not null,
  value jsonb not null,
  primary key (at, process)
);

create index subscriber_external_prefix on subscriber (external_id text_pattern_ops);

-- A part is kept as it came, for a character may be split over two; those from before this step are kept decoded.
alter table inbound_part add column data_coding smallint;

create index parked_receipt_number on parked_receipt (number_hash);

-- The ends that people look for are rare; those that are not among them pay nothing for it.
create index message_went_wrong on message (state, id)
  where state in ('refused', 'cancelled', 'rejected', 'undeliverable', 'expired', 'unanswered', 'unconfirmed');`,
  },
  {
    number: 3,
    name: 'the doors: events in and the bad list, what is told outside and to whom, short links and clicks',
    sql: `
create table event (
  id uuid primary key,
  source text not null,                  -- with event_id: what names it, and makes a repeat one
  event_id text not null,
  type text not null,
  is_known boolean not null,             -- whether the type means something here
  door text not null,
  subject text,                          -- the service's own id; null once its subscriber is erased
  subscriber_id uuid,                    -- null where there was no such subscriber
  at timestamptz not null,               -- when it happened, as the event says
  received_at timestamptz not null,
  data_key bytea,                        -- where no subscriber's key seals it
  data bytea                             -- sealed JSON
);
create unique index event_identity on event (source, event_id);
create index event_type on event (type, id);
create index event_subject on event (subject, id) where subject is not null;
create index event_known on event (is_known, id);

create table bad_event (
  id uuid primary key,
  state text not null check (state in ('open', 'mended', 'dropped')),
  source text,
  event_id text,
  type text,
  subject text,                          -- whoever it is about, may be erased
  door text not null,
  reason text not null,
  errors jsonb not null,                 -- places and sentences; never a value
  times int not null default 1,
  data_key bytea not null,
  body bytea not null,                   -- sealed JSON, as it came
  received_at timestamptz not null,
  tried_at timestamptz,                  -- when it was replayed last, and still bad
  ended_at timestamptz
);
create unique index bad_event_identity on bad_event (source, event_id) where state = 'open';
create index bad_event_state on bad_event (state, id);
create index bad_event_reason on bad_event (state, reason, id);
create index bad_event_type on bad_event (state, type, id);
create index bad_event_reason_type on bad_event (state, reason, type, id);
create index bad_event_tried on bad_event (tried_at nulls first, id) where state = 'open';
create index bad_event_ended_at on bad_event (ended_at) where ended_at is not null;
create index bad_event_subject on bad_event (subject) where subject is not null;

-- When each field was last told of, by the event's own time; '*' is a whole profile that was put. Events may come out of order.
alter table subscriber add column told_at jsonb not null default '{}';

create table webhook_endpoint (
  id uuid primary key,
  url text not null,
  description text not null,
  types text[] not null,
  state text not null check (state in ('active', 'paused', 'gone')),
  created_at timestamptz not null,
  data_key bytea not null,
  secret bytea not null,                 -- sealed, whsec_...
  old_secret bytea,                      -- signs too, until then
  old_secret_until timestamptz,          -- wall time
  failing_since timestamptz,
  slowed_until timestamptz,
  last_status int
);

create table wanted_type (               -- what somebody wants to be told: endpoints and the feed together
  type text primary key
);

create table outbox (                    -- written with its cause, in its transaction; spread a moment later
  n bigint generated always as identity primary key,
  id uuid not null default gen_random_uuid(),
  type text not null,
  at timestamptz not null,
  about uuid,                            -- the message, inbound text, click or bad event
  state text,
  reason text,
  endpoint_id uuid                       -- for one alone: a test
);

create table feed (                      -- what was told, in the order in which it was spread
  position bigint generated always as identity primary key,
  id uuid not null,
  type text not null,
  at timestamptz not null,
  about uuid,
  state text,
  reason text,
  is_private boolean not null default false,
  spread_at timestamptz not null
);
create index feed_spread_at on feed (spread_at);

create table delivery (
  id uuid primary key,
  endpoint_id uuid not null references webhook_endpoint on delete cascade,
  position bigint not null,              -- in the feed
  type text not null,
  state text not null check (state in ('waiting', 'delivered', 'failed', 'stopped')),
  tries int not null default 0,
  round int not null default 0,          -- tries of the schedule; begins anew when somebody delivers it again
  due_at timestamptz not null,
  lease_until timestamptz,               -- database time: somebody is at it
  created_at timestamptz not null,
  ended_at timestamptz,
  last_status int,
  last_error text
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
create index delivery_due on delivery (endpoint_id, due_at) where state = 'waiting';
create index delivery_endpoint on delivery (endpoint_id, id);
create index delivery_failed on delivery (endpoint_id, ended_at) where state = 'failed';

create table delivery_attempt (
  delivery_id uuid not null references delivery on delete cascade,
  number int not null,
  at timestamptz not null,
  status int,
  error text,
  took_ms int not null,
  primary key (delivery_id, number)
);

create table link (
  id uuid primary key,
  hash bytea not null,                   -- SHA-256 of the code, 16 bytes: who reads the database can follow none
  destination text not null,
  purpose text not null,
  subscriber_id uuid,
  message_id uuid,
  has_context boolean not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  human_clicks int not null default 0,   -- of those that were judged
  machine_clicks int not null default 0,
  last_click_at timestamptz,
  -- Indexes look at these: they change once, so that a count goes up without touching an index.
  has_human boolean generated always as (human_clicks > 0) stored,
  has_machine boolean generated always as (machine_clicks > 0) stored
) with (fillfactor = 80);
create unique index link_hash on link (hash);
create index link_message on link (message_id, id) where message_id is not null;
create index link_subscriber on link (subscriber_id, id) where subscriber_id is not null;
create index link_purpose on link (purpose, id);
create index link_clicked_human on link (id) where has_human;
create index link_clicked_machine on link (id) where has_machine;
create index link_expires_at on link (expires_at);

create table click (
  id uuid primary key,
  link_id uuid not null,                 -- not checked: who follows a link must not wait for one who counts
  at timestamptz not null,
  method text not null,
  agent text,
  network text,                          -- the address without its last part
  marks jsonb not null,                  -- what else the verdict rests on
  verdict text check (verdict in ('human', 'machine')),
  why text[]
);
create index click_link on click (link_id, id);
create index click_verdict on click (verdict, id) where verdict is not null;
create index click_unjudged on click (id) where verdict is null;

-- A promise to tell is made in the transaction of its cause, whoever wrote that: so triggers make it. They look first
-- whether anybody wants to know, for most texts nobody is told about.
create function tell_accepted() returns trigger language plpgsql as $$
declare wanted text[];
begin
  select array_agg(type) into wanted from wanted_type where type in ('message.accepted', 'message.refused');
  if wanted is null then return null; end if;
  insert into outbox (type, at, about, state, reason)
  select told.type, m.accepted_at, m.id, m.state, m.reason
  from made m, lateral (select case m.state when 'refused' then 'message.refused' else 'message.accepted' end as type) told
  where told.type = any(wanted) order by m.id;
  return null;
end $$;
create trigger tell_accepted after insert on message referencing new table as made for each statement execute function tell_accepted();

create function tell_moved() returns trigger language plpgsql as $$
declare wanted text[];
begin
  select array_agg(substr(type, 9)) into wanted from wanted_type
  where type like 'message.%' and type not in ('message.accepted', 'message.refused');
  if wanted is null then return null; end if;
  insert into outbox (type, at, about, state, reason)
  select 'message.' || m.state, case m.state when 'submitted' then m.submitted_at else coalesce(m.ended_at, m.accepted_at) end,
    m.id, m.state, m.reason
  from moved m join was on was.id = m.id
  where m.state <> was.state and m.state = any(wanted);
  return null;
end $$;
create trigger tell_moved after update on message referencing old table as was new table as moved for each statement execute function tell_moved();

create function tell_inbound() returns trigger language plpgsql as $$
begin
  insert into outbox (type, at, about) select 'inbound.received', new.received_at, new.id
  where exists (select from wanted_type where type = 'inbound.received');
  return null;
end $$;
create trigger tell_inbound after insert on inbound for each row execute function tell_inbound();

create function tell_click() returns trigger language plpgsql as $$
begin
  insert into outbox (type, at, about) select 'link.clicked', new.at, new.id
  where exists (select from wanted_type where type = 'link.clicked');
  return null;
end $$;
create trigger tell_click after update on click for each row when (old.verdict is null and new.verdict = 'human') execute function tell_click();

create function tell_bad_event() returns trigger language plpgsql as $$
begin
  insert into outbox (type, at, about) select 'event.bad', new.received_at, new.id
  where exists (select from wanted_type where type = 'event.bad');
  return null;
end $$;
create trigger tell_bad_event after insert on bad_event for each row execute function tell_bad_event();`,
  },
  {
    number: 4,
    name: 'carriers: the line in versions, their secrets, what each process sees of them; what did not arrive is told',
    sql: `
create table line (                      -- carriers, senders and routes as one document; the newest version counts
  version int primary key,
  value jsonb not null,                  -- without any secret
  at timestamptz not null,               -- wall time, as the audit log
  operator_id uuid,                      -- null: as USHER_* settings say
  what text not null
);

create table carrier_secret (
  carrier text not null,
  name text not null,
  data_key bytea not null,
  secret bytea not null,                 -- sealed
  primary key (carrier, name)
);

create table carrier_watch (             -- what a process saw of a carrier a moment ago
  process text not null,
  carrier text not null,
  value jsonb not null,
  seen_at timestamptz not null,          -- database time: who said nothing for a while is gone
  primary key (process, carrier)
);

-- What kind of line the number is; null: not known.
alter table subscriber add column network text;

alter table template add column is_plain boolean not null default false;

-- National tables that a part's header named, and whose part it is, sealed under its data key.
alter table inbound_part add column shift jsonb, add column number bytea;
create index inbound_part_waiting on inbound_part (received_at) where not is_joined;

-- A text about the account or its safety that did not arrive is told as such, besides its state: the service may use
-- another channel.
create or replace function tell_moved() returns trigger language plpgsql as $$
declare wanted text[];
begin
  select array_agg(substr(type, 9)) into wanted from wanted_type
  where type like 'message.%' and type not in ('message.accepted', 'message.refused');
  if wanted is null then return null; end if;
  insert into outbox (type, at, about, state, reason)
  select 'message.' || m.state, case m.state when 'submitted' then m.submitted_at else coalesce(m.ended_at, m.accepted_at) end,
    m.id, m.state, m.reason
  from moved m join was on was.id = m.id
  where m.state <> was.state and m.state = any(wanted);
  -- A statement of its own: both then look at few rows before they join.
  if not 'undelivered' = any(wanted) then return null; end if;
  insert into outbox (type, at, about, state, reason)
  select 'message.undelivered', coalesce(m.ended_at, m.accepted_at), m.id, m.state, m.reason
  from moved m join was on was.id = m.id
  where m.state <> was.state and m.state in ('rejected', 'undeliverable', 'expired', 'unanswered', 'unconfirmed')
    and (m.purpose like 'account.%' or m.purpose like 'alert.%');
  return null;
end $$;`,
  },
  {
    number: 5,
    name: 'consent: the ledger, what a subscriber chose, why a number is never texted; the same is not said twice',
    sql: `
create table consent_words (             -- the exact words that were shown; the same for many
  hash bytea primary key,                -- SHA-256
  words text not null
);

create table consent (                   -- the ledger: what is said is added, nothing is changed
  id uuid primary key,                   -- by when it was recorded
  subscriber_id uuid,                    -- null: whoever has this number, and is no subscriber
  number_hash bytea,                     -- the number they have then
  preference_group text not null check (preference_group in ('titles', 'offers', 'security', 'account')),
  granted boolean not null,
  is_confirmed boolean not null,         -- false: they still have to say yes by text (double opt-in)
  basis text not null check (basis in ('express', 'purchase', 'inquiry')),
  at timestamptz not null,               -- when they said so
  how text not null check (how in ('page', 'text', 'api', 'import', 'rule')),
  why text,                              -- of an end: stop, asked, number_recycled, wrong_number; of a return: start
  words bytea,                           -- of consent_words
  data_key bytea,                        -- where no subscriber's key seals the proof
  proof bytea,                           -- sealed JSON: address, agent, the inbound text
  recorded_at timestamptz not null
);
create index consent_subscriber on consent (subscriber_id, id);
create index consent_number on consent (number_hash) where number_hash is not null;
create index consent_unconfirmed on consent (id) where granted and not is_confirmed;
-- A new key may wrap the old one, and an erased person's number hash goes; what was said stays as it was said.
create function consent_is_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and to_jsonb(new) - '{number_hash,data_key}'::text[] = to_jsonb(old) - '{number_hash,data_key}'::text[] then return new; end if;
  raise exception 'the consent ledger is append-only';
end $$;
create trigger consent_is_append_only before update or delete on consent for each row execute function consent_is_append_only();

create function tell_consent() returns trigger language plpgsql as $$
begin
  if not exists (select from wanted_type where type = 'consent.changed') then return null; end if;
  insert into outbox (type, at, about) select 'consent.changed', made.recorded_at, made.id from made
  where made.subscriber_id is not null and made.proof is not null order by made.id; -- what the service itself put has none
  return null;
end $$;
create trigger tell_consent after insert on consent referencing new table as made for each statement execute function tell_consent();

-- What the ledger comes to is kept beside the subscriber (consents), for each text asks for it. What was there before has
-- no words, which is no proof.
insert into consent (id, subscriber_id, number_hash, preference_group, granted, is_confirmed, basis, at, how, recorded_at)
select gen_random_uuid(), s.id, s.number_hash, c.key, (c.value ->> 'granted')::boolean, true, 'express',
  (c.value ->> 'at')::timestamptz, coalesce(c.value ->> 'how', 'api'), s.updated_at
from subscriber s, jsonb_each(s.consents) c where s.erased_at is null;

update subscriber set consents = (
  select jsonb_object_agg(key, value || '{"confirmed": true, "basis": "express"}') from jsonb_each(consents))
where consents <> '{}';

alter table subscriber
  add column preferences jsonb not null default '{}', -- what they chose: frequency, pausedUntil, quiet
  add column number_region text,         -- where the number's area code is, where that is known
  add column number_zones text[] not null default '{}',
  add column number_at timestamptz,      -- since when this number is theirs
  add column number_verified_at timestamptz,
  add column recovery_from timestamptz,  -- a new number may not be used for recovery before
  -- Last: when they were asked whether it is still theirs.
  add column number_checked_at timestamptz;

-- A number may have several reasons never to be texted, and each is ended by itself.
alter table suppression drop constraint suppression_pkey;
alter table suppression add column id uuid not null default gen_random_uuid(), add column note text, add column operator_id uuid;
alter table suppression add primary key (number_hash, scope, reason);
create unique index suppression_id on suppression (id);
create index suppression_at on suppression (at, id);

-- A keyed hash of what it says: the same is not said twice.
alter table message add column content_key bytea;

create table page_link (                 -- links to a subscriber's own page
  hash bytea primary key,                -- SHA-256 of the code, 16 bytes, as of a short link
  subscriber_id uuid not null,
  number_at timestamptz,                 -- of the number it was sent to: another one ends it
  made_at timestamptz not null,
  expires_at timestamptz not null
);
create index page_link_subscriber on page_link (subscriber_id);
create index page_link_expires_at on page_link (expires_at);

-- What is answered to a keyword, as it was decided when the text was stored: a template and its data, nothing personal.
alter table inbound add column answer jsonb;`,
  },
  {
    number: 6,
    name: 'privacy: the audit log as a chain with signed checkpoints; which key finds a suppression; what is forgotten by age',
    sql: `
create table audit_chain (               -- the place of each line of the audit log, with a hash over it and all before it
  n bigint primary key,
  audit_id uuid not null unique,
  hash bytea not null                    -- SHA-256(the hash before || the line as chain_audit() writes it)
);
create table audit_head (                -- the end of the chain: whoever adds a line holds its only row
  one boolean primary key default true check (one),
  n bigint not null,
  hash bytea not null
);
create table audit_checkpoint (          -- a place of the chain, signed
  number int primary key,
  n bigint not null,
  hash bytea not null,
  at timestamptz not null,               -- wall time, as the audit log
  key_id text not null,
  previous bytea not null,               -- SHA-256 of the signature before it; of nothing, for the first
  signature bytea not null
);
create trigger audit_chain_is_append_only before update or delete on audit_chain for each row execute function audit_is_append_only();
create trigger audit_checkpoint_is_append_only before update or delete on audit_checkpoint for each row execute function audit_is_append_only();

-- Runs at the commit, after all else that the deed's transaction does: the lock on the head is the last that it takes, so
-- no two of them can wait for each other.
create function chain_audit() returns trigger language plpgsql as $$
declare
  place bigint;
  so_far bytea;
begin
  insert into audit_head (n, hash) values (0, decode(repeat('00', 32), 'hex')) on conflict do nothing;
  select n + 1, hash into place, so_far from audit_head for update;
  so_far := sha256(so_far || convert_to(jsonb_build_array(place, new.id, (extract(epoch from new.at) * 1000000)::bigint,
    new.operator_id, new.action, new.subject, new.detail)::text, 'UTF8'));
  update audit_head set n = place, hash = so_far;
  insert into audit_chain (n, audit_id, hash) values (place, new.id, so_far);
  return null;
end $$;
create constraint trigger chain_audit after insert on audit deferrable initially deferred for each row execute function chain_audit();

-- Lines from before are chained in the order of their time.
do $$
declare
  line audit;
  place bigint := 0;
  so_far bytea := decode(repeat('00', 32), 'hex');
begin
  for line in select * from audit order by id loop
    place := place + 1;
    so_far := sha256(so_far || convert_to(jsonb_build_array(place, line.id, (extract(epoch from line.at) * 1000000)::bigint,
      line.operator_id, line.action, line.subject, line.detail)::text, 'UTF8'));
    insert into audit_chain (n, audit_id, hash) values (place, line.id, so_far);
  end loop;
  insert into audit_head (n, hash) values (place, so_far);
end $$;

-- The newest key of the ring that finds this suppression, by this row or by one beside it for the same number; null: from
-- before, or not known. Where nobody knows the number any more, that key is needed for as long as the suppression counts.
alter table suppression add column key_id smallint;

create table ring_watch (                -- which keys of the ring a process knows, and which it writes under
  process text primary key,
  ids int[] not null,
  newest int not null,
  seen_at timestamptz not null           -- database time: who said nothing for a while is gone
);

-- For erasure: what a number wrote while no subscriber had it, and bad events that don't say whom they are about.
create index inbound_of_nobody on inbound (number_hash) where subscriber_id is null;
create index inbound_part_number on inbound_part (number_hash);
create index bad_event_of_nobody on bad_event (id) where subject is null;`,
  },
  {
    number: 7,
    name: "a subscriber's own page: codes that it asks for, and how often its links are",
    sql: `
create table page_code (                 -- a code to the phone, before what must not be done by whoever found an old link
  id uuid primary key,
  subscriber_id uuid not null,
  action text not null,                  -- what it allows, and nothing else
  code_hash bytea not null,              -- keyed HMAC, with the id, the subscriber and the action
  made_at timestamptz not null,
  expires_at timestamptz not null,
  tries int not null default 0,
  is_over boolean not null default false -- used, or followed by a newer one
);
create index page_code_subscriber on page_code (subscriber_id, made_at);
create index page_code_made_at on page_code (made_at);

create table page_ask (                  -- who asked for a link; as keyed hashes, whether anybody has the number or not
  id uuid primary key,
  who bytea not null,                    -- of the number, or of the address that it was asked from
  at timestamptz not null
);
create index page_ask_who on page_ask (who, at);
create index page_ask_at on page_ask (at);`,
  },
  {
    number: 8,
    name: "a number's life: verified and changed by a code, lost, dead; files about numbers",
    sql: `
-- Since when the number is not theirs any more.
alter table subscriber add column number_lost_at timestamptz;
create index subscriber_number_lost on subscriber (id) where number_lost_at is not null;

create table number_change (
  id uuid primary key,
  subscriber_id uuid not null,
  number bytea not null,                 -- sealed under the subscriber's data key, as the old one
  number_hash bytea not null,
  old_number bytea,                      -- once done: whom to tell
  is_change boolean not null,            -- false: the number they have is verified
  code_hash bytea not null,              -- keyed, over the code, the subscriber and the number
  step_up text not null,
  state text not null check (state in ('open', 'done', 'over')),
  tries smallint not null default 0,
  made_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz
);
create index number_change_subscriber on number_change (subscriber_id, made_at);
create index number_change_number on number_change (number_hash, made_at);
create index number_change_made_at on number_change (made_at);
create unique index number_change_open on number_change (subscriber_id) where state = 'open';

create table number_event (              -- what became of somebody's number
  id uuid primary key,
  type text not null check (type in ('changed', 'verified', 'dead', 'recycled', 'shared', 'removed', 'file_missing')),
  subscriber_id uuid,
  why text not null,
  at timestamptz not null
);
create index number_event_subscriber on number_event (subscriber_id, id);
create function tell_number() returns trigger language plpgsql as $$
begin
  insert into outbox (type, at, about)
  select 'number.' || made.type, made.at, made.id from made join wanted_type on wanted_type.type = 'number.' || made.type order by made.id;
  return null;
end $$;
create trigger tell_number after insert on number_event referencing new table as made for each statement execute function tell_number();

create table number_file (               -- files that came, to know when one is missing
  id uuid primary key,
  kind text not null check (kind in ('deactivated', 'reassigned')),
  at timestamptz not null,
  read int not null,
  taken int not null,
  bad int not null,
  is_missed boolean not null default false -- it was told that none came after it
);
create index number_file_kind on number_file (kind, at);

create index suppression_dead on suppression (at) where reason = 'dead';`,
  },
  {
    number: 9,
    name: 'verifications: codes, what is counted around them, and where none go',
    sql: `
create table verification (
  id uuid primary key,
  subject bytea not null,                -- keyed hash of the account as it was named: a subscriber's id, or a number
  subscriber_id uuid,                    -- null: a number, or there was no such subscriber
  data_key bytea not null,               -- of this row alone
  target bytea not null,                 -- sealed JSON: whom it is for and what is approved, to make the next code
  purpose text not null,
  session_hash bytea,
  action_hash bytea,
  device bytea,
  address bytea,
  network bytea,
  number_hash bytea,
  block_hash bytea,
  country text,
  is_first boolean not null,             -- the first code of the day to this number: it counts for its block
  is_known boolean not null,             -- by a device that had a right code before
  wants_another boolean not null,        -- a new code by another carrier, where this one does not arrive
  state text not null check (state in ('pending', 'approved', 'cancelled')),
  sends smallint not null,
  tag text,                              -- what the text calls the request, from the second code on
  code_hash bytea not null,              -- keyed; of nobody's code, where none was sent
  checks smallint not null default 0,    -- wrong ones of this code
  code_at timestamptz not null,
  expires_at timestamptz not null,
  message_id uuid,                       -- of the newest code
  not_sent text,                         -- why none went out
  made_at timestamptz not null,
  ended_at timestamptz
) with (fillfactor = 80);
create index verification_made_at on verification (made_at);
create index verification_number on verification (number_hash) where number_hash is not null;
create index verification_of_subject on verification (subject) where state = 'pending';
create index verification_subscriber on verification (subscriber_id) where subscriber_id is not null;
create index verification_unsent on verification (code_at) where state = 'pending' and message_id is null and not_sent is null;
create index verification_watched on verification (code_at) where state = 'pending' and wants_another and message_id is not null;

create index verification_recovered on verification (ended_at) where purpose = 'recovery' and state = 'approved';

create table verification_subject (      -- an account, while it is of interest: who asks for or tries a code locks it first
  subject bytea primary key,
  subscriber_id uuid,
  sends timestamptz[] not null,          -- of strangers, in ten minutes
  known_sends timestamptz[] not null,
  is_full boolean not null,              -- the last one that asked had too many
  wrong int not null default 0,          -- since the last right code
  known_wrong int not null default 0,
  wrong_at timestamptz,
  at timestamptz not null
) with (fillfactor = 70);
create index verification_subject_at on verification_subject (at);
create index verification_subject_subscriber on verification_subject (subscriber_id) where subscriber_id is not null;

create table verification_device (       -- had a right code of this account
  subject bytea not null,
  device bytea not null,
  at timestamptz not null,
  primary key (subject, device)
);

create table verification_count (
  what text not null,
  key bytea not null,                    -- keyed hash; a country as it is written
  from_at timestamptz not null,          -- the window's begin
  n bigint not null,
  primary key (what, key, from_at)
) with (fillfactor = 70);
create index verification_count_from_at on verification_count (from_at);

create table verification_block (        -- where codes stop by themselves, and where an operator let them go on
  id uuid primary key,
  kind text not null check (kind in ('country', 'block')),
  key bytea not null,
  country text,
  effect text not null check (effect in ('blocked', 'allowed')),
  reason text not null,
  facts jsonb not null,
  since timestamptz not null,
  until timestamptz not null,
  operator_id uuid
);
create index verification_block_until on verification_block (until);

create table recovery_code (             -- what somebody saved for the day when only their phone is left
  subscriber_id uuid not null,
  hash bytea not null,                   -- keyed
  made_at timestamptz not null,
  used_at timestamptz,
  primary key (subscriber_id, hash)
);`,
  },
  {
    number: 10,
    name: 'sign-ins, what they are judged by, and what everyone does',
    sql: `
create table sign_in (
  id uuid primary key,                   -- by when it was told
  subscriber_id uuid not null,
  at timestamptz not null,
  outcome text not null check (outcome in ('succeeded', 'failed')),
  factor text,
  address_hash bytea not null,           -- keyed, 8 bytes; of IPv6 the /64
  device_hash bytea,                     -- of what the service calls the device
  country text,
  city text,
  asn bigint,
  network text,
  latitude real,                         -- to a tenth of a degree
  longitude real,
  is_hidden boolean not null,            -- through a data centre, a VPN or a relay
  kind text not null,
  system text not null,
  browser text not null,
  answer text not null check (answer in ('allow', 'challenge', 'deny')),
  score real not null,
  findings json not null,                -- lists, without names; account/sign-in.ts packs them
  unasked text[] not null,
  is_theirs boolean                      -- null: nobody knows
);
create index sign_in_subscriber on sign_in (subscriber_id, id);

create table sign_in_profile (           -- what the next sign-in of a subscriber is judged by, in one row
  subscriber_id uuid primary key,
  version int not null,                  -- one more with each change: who read an older one reads again
  history json not null,                 -- the last that were theirs, and the last failures
  kept int not null,                     -- rows in sign_in, or more
  seen_at timestamptz not null
) with (fillfactor = 80);

create table sign_in_try (               -- who tried whom from where, for some hours, whether anybody has that name or not
  id uuid primary key,
  address_hash bytea not null,
  account_hash bytea not null,
  has_succeeded boolean not null
);
create index sign_in_try_address on sign_in_try (address_hash, id);

create table view_profile (              -- what a household watched in four weeks, where, when, on what
  subscriber_id uuid primary key,
  habits json not null,                  -- account/habits.ts
  seen_at timestamptz not null
) with (fillfactor = 80);

create table sign_in_tally (             -- how many sign-ins of everyone had a value, or a score
  kind text not null,
  since date not null,                   -- the month of a value, the day of a score
  given text not null,                   -- what those had in common among whom it is counted
  value text not null,
  count bigint not null,
  primary key (kind, since, given, value)
);
create table sign_in_tally_new (         -- the same of each batch, as lists, until they are folded: so no row is hot
  id bigint generated always as identity primary key,
  counts json not null
);`,
  },
  {
    number: 11,
    name: 'alerts: whether it was them, asked by text, answered by text or on a page',
    sql: `
create table alert (
  id uuid primary key,
  once bytea not null unique,            -- keyed hash of what makes a request the same when it comes again
  body_hash bytea,                       -- of the request, where a key alone says so
  subscriber_id uuid not null,
  number_at timestamptz,                 -- of the number that was asked: no other one answers by text
  event text not null,
  details bytea not null,                -- sealed under the subscriber's data key: device, place, the service's own reference
  locale text,
  at timestamptz not null,               -- when it happened
  state text not null check (state in ('open', 'confirmed', 'denied', 'withdrawn')),
  choice smallint,                       -- the number that tells it from others, once that was asked
  message_id uuid,
  not_sent text,                         -- why there is no text
  made_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  answered_by text check (answered_by in ('text', 'page'))
);
create index alert_subscriber on alert (subscriber_id, id);
create index alert_state on alert (state, id);
create index alert_unsent on alert (made_at) where message_id is null and not_sent is null;

-- An answer is told in the words of its moment: a no may come after a yes.
create function tell_alert() returns trigger language plpgsql as $$
begin
  insert into outbox (type, at, about, state, reason)
  select 'alert.' || answered.state, answered.ended_at, answered.id, answered.state, answered.answered_by
  from answered join was on was.id = answered.id join wanted_type on wanted_type.type = 'alert.' || answered.state
  where answered.state <> was.state and answered.state in ('confirmed', 'denied') order by answered.id;
  return null;
end $$;
create trigger tell_alert after update on alert referencing old table as was new table as answered for each statement execute function tell_alert();`,
  },
  {
    number: 12,
    name: 'account safety: links to reset a password, codes of sign-ins that were challenged, alerts that were one too many',
    sql: `
create table reset_link (                -- for the service to mail
  id uuid primary key,
  subject bytea not null,                -- keyed hash of the account as it was named
  subscriber_id uuid,                    -- null: there was no such subscriber, and nobody knows the token
  session_hash bytea,
  token_hash bytea not null unique,      -- keyed
  made_at timestamptz not null,
  expires_at timestamptz not null,
  replaced_at timestamptz,               -- by a newer one
  spent_at timestamptz,                  -- on its page
  ends_sessions boolean,                 -- as it was ticked there
  proof_hash bytea unique,               -- keyed; what the page handed on
  redeemed_at timestamptz
);
create index reset_link_of_subject on reset_link (subject, id) where replaced_at is null;
create index reset_link_subscriber on reset_link (subscriber_id) where subscriber_id is not null;
create index reset_link_made_at on reset_link (made_at);

alter table verification
  add column sign_in_id uuid,            -- whose challenge it is; a right code settles it
  add column has_stronger boolean not null default false;
create index verification_settling on verification (ended_at) where sign_in_id is not null and state = 'approved';

create function tell_unasked() returns trigger language plpgsql as $$
begin
  insert into outbox (type, at, about, state, reason)
  select 'alert.unasked', made.made_at, made.id, 'unasked', made.not_sent
  from made join wanted_type on wanted_type.type = 'alert.unasked'
  where made.not_sent is not null order by made.id;
  return null;
end $$;
create trigger tell_unasked after insert on alert referencing new table as made for each statement execute function tell_unasked();`,
  },
  {
    number: 13,
    name: 'subscription life: what is known of subscriptions, journeys, their runs and steps',
    sql: `
create table subscription (
  subscriber_id uuid not null,
  name text not null,                    -- the service's own id of it; '' where it names none
  facts bytea not null,                  -- sealed under the subscriber's data key
  told_at timestamptz not null,
  primary key (subscriber_id, name)
);

create table journey (                   -- what operators made of them; the newest of a name counts, and without one what was shipped
  name text not null,
  version int not null,
  document jsonb,                        -- null: back to what was shipped, or gone where nothing was
  made_at timestamptz not null,          -- wall time
  made_by text,
  primary key (name, version)
);

create table journey_run (
  id uuid primary key,
  subscriber_id uuid not null,
  journey text not null,
  version int not null,                  -- that its steps were planned by
  subscription text not null,
  subject text not null,                 -- an event, an invoice, or '' where there is one at a time
  facts bytea not null,                  -- sealed under the subscriber's data key
  anchor_at timestamptz not null,
  said_at timestamptz not null,          -- of the event that said so last
  amount bigint,                         -- what is at stake, in minor units
  currency text,
  is_moved boolean not null default false, -- its subscriber is in another zone now: its steps are planned anew
  started_at timestamptz not null,
  ended_at timestamptz,
  ended_said_at timestamptz,             -- of the event that ended it
  ended_as text check (ended_as in ('paid', 'lost', 'over')),
  ended_by text,
  unique (subscriber_id, journey, subscription, subject)
) with (fillfactor = 90);
create index journey_run_moved on journey_run (subscriber_id) where is_moved;
create index journey_run_open on journey_run (journey, version, id) where ended_at is null;
create index journey_run_started on journey_run (journey, started_at);
create index journey_run_ended on journey_run (ended_at) where ended_at is not null;
create index journey_run_old on journey_run (anchor_at) where ended_at is null;

create table journey_step (
  id uuid primary key,
  run_id uuid not null references journey_run on delete cascade,
  subscriber_id uuid not null,
  journey text not null,
  name text not null,
  due_at timestamptz not null,
  state text not null check (state in ('pending', 'texted', 'skipped')),
  reason text,
  message_id uuid,
  look_at timestamptz not null,          -- due_at; later where it could not be written
  ended_at timestamptz
) with (fillfactor = 90);
create index journey_step_due on journey_step (look_at, id) where state = 'pending';
create index journey_step_run on journey_step (run_id);
create index journey_step_ended on journey_step (ended_at) where ended_at is not null;
create index journey_step_funnel on journey_step (journey, due_at);
create index journey_step_message on journey_step (message_id) where message_id is not null;

-- Days are counted on the clock where the subscriber is. Who writes that down, by whichever door, has their steps planned anew.
create function move_journeys() returns trigger language plpgsql as $$
begin
  update journey_run set is_moved = true
  from changed join before on before.id = changed.id
  where journey_run.subscriber_id = changed.id and journey_run.ended_at is null
    and (changed.zone, changed.country, changed.number_zones) is distinct from (before.zone, before.country, before.number_zones);
  return null;
end $$;
create trigger move_journeys after update on subscriber referencing old table as before new table as changed
  for each statement execute function move_journeys();`,
  },
  {
    number: 14,
    name: "Stripe's customers, and which subscribers they are; imports of the subscriptions there are",
    sql: `
create table stripe_customer (
  customer text primary key,             -- Stripe's id
  subject text not null,                 -- the service's id of the subscriber, whether we know them or not
  seen_at timestamptz not null           -- when Stripe last said so
);
create index stripe_customer_subject on stripe_customer (subject);
create index stripe_customer_seen on stripe_customer (seen_at);

alter table import add column kind text not null default 'subscribers' check (kind in ('subscribers', 'subscriptions'));`,
  },
  {
    number: 15,
    name: 'an index that tempted the planner',
    sql: `
-- Who looks up one count names what, key and window. By the window alone all that was counted in this hour would be read: the
-- planner, whose statistics of a young table know no better, did (5 ms for each look at 40,000 counts). To forget, we ask otherwise.
drop index verification_count_from_at;
create index verification_count_old on verification_count (timezone('UTC', from_at));`,
  },
]

/** The database was migrated by a newer Usher than this one. */
export class NewerSchema extends Error {
  override readonly name = 'NewerSchema'
}

/** A semicolon at the end of a line, but for a comment, ends a statement, unless it stands in a function's body, between two $$. */
function statementsOf(text: string): string[] {
  const statements = ['']
  text.split('$$').forEach((piece, i) => {
    const [first = '', ...rest] = i % 2 === 0 ? piece.split(/;[ \t]*(?:--.*)?$/m) : [`$$${piece}$$`]
    statements.push(statements.pop() + first, ...rest)
  })
  return statements.filter(statement => statement.trim() !== '')
}

/** Brings the schema up to date; safe when several processes start at once. Throws NewerSchema. */
export async function migrate(db: Database): Promise<void> {
  await db
    .script('create table if not exists migration (number int primary key, name text not null)')
    .catch(async error => {
      // Two processes may create it at the same moment; the second finds it made.
      if (!/already exists|duplicate key/.test(String(error))) throw error
    })
  await db.transaction(async tx => {
    if (db.kind === 'postgres') await tx.rows(sql`select pg_advisory_xact_lock(7283501)`)
    const done = new Set((await tx.rows<{ number: number }>(sql`select number from migration`)).map(row => row.number))
    const newest = Math.max(0, ...done)
    const known = Math.max(...migrations.map(step => step.number))
    if (newest > known)
      throw new NewerSchema(
        `The database has schema ${newest}; this Usher knows ${known}. Start the newer Usher that made it.`,
      )
    for (const step of migrations) {
      if (done.has(step.number)) continue
      for (const statement of statementsOf(step.sql)) await tx.rows({ ...sql``, text: [statement] })
      await tx.rows(sql`insert into migration (number, name) values (${step.number}, ${step.name})`)
    }
  })
}
