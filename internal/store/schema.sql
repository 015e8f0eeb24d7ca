-- The database of uketsuke. This file is its one documentation; `--json` output uses these names.
-- Times are UTC milliseconds since 1970. Keys of 16 bytes are the first half of a keyed hash (HMAC-SHA-256 with a
-- key outside the database) of the value named. "erasable" marks what a later erasure removes or blanks.

-- Single values: 'stopped' (全送信停止: '1'), 'epoch' and 'owner' (who may send), 'cursor' (JSON: where
-- the office's mail begins and how far the inbox is accounted for), 'reminded' (the day, YYYY-MM-DD in Japan, whose
-- reminders are written), 'digest/<key>' (when a reader's digest was written last, casework.DigestIn.Key).
CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The last number used of each series: 'case' and 'member' (year 0), 'receipt', 'registration' and 'inquiry' by fiscal year.
CREATE TABLE series (
  name TEXT    NOT NULL,
  year INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (name, year)
) STRICT, WITHOUT ROWID;

-- Counts kept beside the projection: 'stage/<stage>', 'load/<concierge>' (open registered cases).
CREATE TABLE counter (
  name TEXT PRIMARY KEY,
  n    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who made an event happen, by which mail, on what evidence (JSON of casework.Actor). Erasable; an id is never used again.
CREATE TABLE actor (
  id   INTEGER PRIMARY KEY AUTOINCREMENT,
  data TEXT NOT NULL
) STRICT;

-- The append-only log. hash covers seq, case_id, kind, version, at, actor_id, prev_hash and commitment;
-- commitment is HMAC-SHA-256(salt, data). No name, address or key of a person stands here.
CREATE TABLE event (
  seq        INTEGER PRIMARY KEY,
  case_id    INTEGER NOT NULL,          -- 0: about no case
  kind       TEXT    NOT NULL,
  version    INTEGER NOT NULL,          -- of the payload's format
  at         INTEGER NOT NULL,          -- never falls
  actor_id   INTEGER NOT NULL,          -- 0: the robot itself
  prev_hash  BLOB    NOT NULL,          -- of event seq-1; 32 zero bytes for the first
  commitment BLOB    NOT NULL,
  hash       BLOB    NOT NULL
) STRICT;
CREATE INDEX event_case ON event (case_id, seq);

-- What happened, as JSON. Erasable: salt and data go together, and an event of kind 'erased' lists the commitment.
CREATE TABLE event_payload (
  seq  INTEGER PRIMARY KEY REFERENCES event (seq),
  salt BLOB NOT NULL,
  data TEXT NOT NULL
) STRICT;

-- The cases as they stand: the fold of their events, for lists and lookups.
CREATE TABLE case_row (
  id           INTEGER PRIMARY KEY,
  receipt      TEXT    NOT NULL UNIQUE, -- 受付番号
  registration TEXT,                    -- 登録番号
  member       TEXT,                    -- 会員番号
  stage        TEXT    NOT NULL,        -- casework.Stage
  open         INTEGER NOT NULL,        -- 1 while anything may still be expected
  agency       TEXT    NOT NULL,        -- roster code of the intake agency, '' while unknown
  concierge    TEXT    NOT NULL,        -- roster code, '' while there is none
  company      TEXT    NOT NULL,        -- name, erasable
  version      INTEGER NOT NULL,        -- of the sheet; 0 before registration
  received_at  INTEGER NOT NULL,
  registered_at INTEGER,
  updated_at   INTEGER NOT NULL,        -- of the last event
  events       INTEGER NOT NULL         -- how many
) STRICT;
CREATE UNIQUE INDEX case_registration ON case_row (registration) WHERE registration IS NOT NULL;
CREATE INDEX case_member ON case_row (member, id) WHERE member IS NOT NULL;
CREATE INDEX case_open ON case_row (updated_at, id) WHERE open = 1;
CREATE INDEX case_open_concierge ON case_row (concierge, updated_at, id) WHERE open = 1;

-- Cases that are over and of which something is waited for all the same: that a provider has deleted what it got.
CREATE TABLE chased (
  case_id INTEGER PRIMARY KEY REFERENCES case_row (id)
) STRICT;

-- The keys under which a case's company is known (casework Company.Keys; while returned or held, CorrectionKeys too).
CREATE TABLE company_key (
  key     BLOB    NOT NULL,             -- 16 bytes, kind "company"
  case_id INTEGER NOT NULL REFERENCES case_row (id),
  PRIMARY KEY (key, case_id)
) STRICT, WITHOUT ROWID;

-- Which workbooks came for which case.
CREATE TABLE sheet (
  key     BLOB    NOT NULL,             -- 16 bytes of the hex SHA-256, kind "sheet"
  case_id INTEGER NOT NULL REFERENCES case_row (id),
  PRIMARY KEY (key, case_id)
) STRICT, WITHOUT ROWID;

-- Message-IDs of a case's mails and of our letters about it. The first use of a Message-ID wins.
CREATE TABLE thread (
  key       BLOB    PRIMARY KEY,        -- 16 bytes, kind "message-id"
  case_id   INTEGER NOT NULL,
  letter_id INTEGER                     -- of ours
) STRICT, WITHOUT ROWID;

-- Each mail that was done, once, however often it lies in the mailbox.
CREATE TABLE message (
  id          INTEGER PRIMARY KEY,
  content_key BLOB    NOT NULL UNIQUE,  -- 16 bytes of the content hash without trace headers, kind "message"
  message_id  TEXT    NOT NULL,         -- erasable
  internal_at INTEGER NOT NULL,         -- the server's INTERNALDATE
  kind        TEXT    NOT NULL,         -- casework.MailKind
  result      TEXT    NOT NULL,         -- casework.Result
  why         TEXT    NOT NULL,
  raw         BLOB    NOT NULL,         -- SHA-256 of the bytes, see blob
  case_id     INTEGER,                  -- the chief case concerned
  folder      TEXT    NOT NULL,         -- casework.Folder; '' stays in INBOX
  at          INTEGER NOT NULL
) STRICT;

-- Where mails lie: every UID of the inbox that was fetched or has vanished.
CREATE TABLE mailbox_uid (
  uidvalidity INTEGER NOT NULL,
  uid         INTEGER NOT NULL,
  message     INTEGER REFERENCES message (id), -- NULL: vanished before it was fetched
  folder      TEXT    NOT NULL,         -- to file into; '' stays
  filed_at    INTEGER,
  vanished_at INTEGER,
  PRIMARY KEY (uidvalidity, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX mailbox_uid_due ON mailbox_uid (uidvalidity, uid)
  WHERE folder <> '' AND filed_at IS NULL AND vanished_at IS NULL;
CREATE INDEX mailbox_uid_message ON mailbox_uid (message);

-- Mails that could not be done so far. The third time, the caller puts the mail aside.
CREATE TABLE failure (
  content_key BLOB    PRIMARY KEY,
  count       INTEGER NOT NULL,
  error       TEXT    NOT NULL,
  at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Commands that wait for their sender's confirmation. Rows go when used or expired.
CREATE TABLE pending (
  word_key   BLOB    PRIMARY KEY,       -- 16 bytes of the one-time word, kind "word"
  addr_key   BLOB    NOT NULL,          -- 16 bytes of the rostered address, kind "address"
  case_id    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  data       TEXT    NOT NULL           -- JSON of casework.Pending without the word
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_addr ON pending (addr_key, case_id, expires_at);

-- The numbers under which agencies are asked (照会番号), and the cases that they are about.
CREATE TABLE inquiry (
  number  TEXT    PRIMARY KEY,          -- Q26-00031
  case_id INTEGER NOT NULL REFERENCES case_row (id)
) STRICT, WITHOUT ROWID;

-- Passwords of referrals that their agency gets on request, sealed with a key outside the database; rows go when used.
CREATE TABLE kept_password (
  case_id INTEGER NOT NULL,
  support TEXT    NOT NULL,             -- its inquiry number
  sealed  BLOB    NOT NULL,
  PRIMARY KEY (case_id, support)
) STRICT, WITHOUT ROWID;

-- What some letters belong to and wait for; those that just leave have no row.
CREATE TABLE letter_plan (
  letter_id INTEGER PRIMARY KEY REFERENCES letter (id),
  support   TEXT    NOT NULL,           -- inquiry number, or J1, J2 … of JETRO's own support; '' none
  command   INTEGER NOT NULL,           -- ordinal of the command's event in its case, for 直前取消; 0 none
  after_id  INTEGER,                    -- the letter that has to be accepted first
  sealed    INTEGER NOT NULL            -- 1: its bytes are sealed, erased once it was sent, and never copied
) STRICT;
CREATE INDEX letter_plan_after ON letter_plan (after_id) WHERE after_id IS NOT NULL;

-- Senders that are held (凍結) until 解除: their mails are not obeyed, letters to them wait.
CREATE TABLE frozen (
  what  TEXT    NOT NULL,               -- agency, address
  key   BLOB    NOT NULL,               -- the agency's code; 16 bytes of the address, kind "address"
  codes TEXT    NOT NULL,               -- JSON array of casework.Party keys whose codes count for nothing meanwhile
  at    INTEGER NOT NULL,
  PRIMARY KEY (what, key)
) STRICT, WITHOUT ROWID;

-- When concierges are absent and who stands in (不在), beside the absences of the configuration.
CREATE TABLE absence (
  concierge TEXT    NOT NULL,           -- roster code
  from_day  TEXT    NOT NULL,           -- in Japan, YYYY-MM-DD
  until_day TEXT    NOT NULL,           -- that day included
  deputy    TEXT    NOT NULL,           -- roster code
  at        INTEGER NOT NULL,
  PRIMARY KEY (concierge, from_day)
) STRICT, WITHOUT ROWID;

-- Changes of agencies' people (連絡先変更), laid over the configuration's roster in the order of their ids.
CREATE TABLE contact (
  id      INTEGER PRIMARY KEY,
  agency  TEXT    NOT NULL,             -- roster code
  what    TEXT    NOT NULL,             -- add, remove, window
  name    TEXT    NOT NULL,             -- erasable
  address TEXT    NOT NULL,             -- erasable
  at      INTEGER NOT NULL
) STRICT;

-- Mails with files that wait for their password (mail.md "Passwords in"). When all is open a row stays for a week of its
-- mail's time, so that a later mail with the same password is known to bring nothing else.
CREATE TABLE locked_mail (
  message  INTEGER PRIMARY KEY REFERENCES message (id),
  addr_key BLOB    NOT NULL,            -- 16 bytes of the sender's address, kind "address"
  sender   TEXT    NOT NULL,            -- address; erasable
  agency   TEXT    NOT NULL,            -- roster code, '' none
  data     TEXT    NOT NULL,            -- JSON of casework.Waiting: the locked files by name; erasable
  waits    INTEGER NOT NULL,            -- 1 while a file is locked
  found    BLOB    NOT NULL,            -- passwords that opened files of it, JSON, sealed; empty none
  tried    INTEGER NOT NULL             -- the newest mail of the sender whose words were tried; 0 none
) STRICT;
CREATE INDEX locked_mail_sender ON locked_mail (addr_key);

-- Who sent the mails of the last days, where that is proved: their words may be the password of a locked file of the same
-- sender. Nothing of them is kept here; rows of more than seven days are swept away.
CREATE TABLE sender_mail (
  addr_key BLOB    NOT NULL,            -- 16 bytes, kind "address"
  message  INTEGER NOT NULL REFERENCES message (id),
  at       INTEGER NOT NULL,
  only     INTEGER NOT NULL,            -- 1: the mail brings a password and says nothing else
  PRIMARY KEY (addr_key, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX sender_mail_at ON sender_mail (at);

-- The passwords under which sheets came, sealed with a key outside the database: a marked copy goes back under the same.
CREATE TABLE sheet_password (
  key    BLOB PRIMARY KEY,              -- 16 bytes of the hex SHA-256 of the open workbook, kind "sheet"
  sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Letters, decided and frozen. state: held (next_at is the end of its hold), waiting (for another letter), queued,
-- attempting, drafted (a person has to send it), sent (by a person, too), failed, withdrawn (also deleted), bounced.
CREATE TABLE letter (
  id          INTEGER PRIMARY KEY,      -- fixes Message-ID and boundaries
  case_id     INTEGER,                  -- NULL: about no case
  message     INTEGER REFERENCES message (id), -- the mail that caused it; NULL: the robot's own input
  kind        TEXT    NOT NULL,         -- casework.LetterKind
  party_role  TEXT    NOT NULL,
  party_code  TEXT    NOT NULL,
  subject     TEXT    NOT NULL,         -- erasable
  sender      TEXT    NOT NULL,         -- envelope From
  recipients  TEXT    NOT NULL,         -- JSON array, envelope To; erasable
  remaining   TEXT    NOT NULL,         -- JSON array: those not served yet
  attachments TEXT    NOT NULL,         -- JSON array of names; erasable
  message_id  TEXT    NOT NULL,
  departure   TEXT    NOT NULL,         -- JSON of casework.Departure, what the guard is asked about
  first       INTEGER NOT NULL,         -- 1: first answer or case brief, not braked
  always      INTEGER NOT NULL,         -- 1: leaves even under 全送信停止
  hash        BLOB    NOT NULL,         -- SHA-256 of the bytes; stays when they are dropped
  size        INTEGER NOT NULL,
  kept        INTEGER NOT NULL,         -- 1 while the bytes are there
  state       TEXT    NOT NULL,
  created_at  INTEGER NOT NULL,
  next_at     INTEGER NOT NULL,         -- not before; 0: at once
  tries       INTEGER NOT NULL,         -- attempts that failed for the letter's own sake
  tried_at    INTEGER,                  -- the first attempt
  settled_at  INTEGER,                  -- when the state became final
  code        INTEGER NOT NULL,         -- last SMTP reply code, 0 none
  error       TEXT    NOT NULL,         -- last reason in words
  report      TEXT                      -- JSON of casework.DeliveryFailure that has still to be told
) STRICT;
CREATE INDEX letter_due ON letter (always, next_at, id) WHERE state = 'queued';
CREATE INDEX letter_held ON letter (next_at) WHERE state = 'held';
CREATE INDEX letter_drafted ON letter (id) WHERE state = 'drafted';
CREATE INDEX letter_attempting ON letter (id) WHERE state = 'attempting';
CREATE INDEX letter_failed ON letter (id) WHERE state IN ('failed', 'withdrawn', 'bounced');
CREATE INDEX letter_report ON letter (id) WHERE report IS NOT NULL;
CREATE INDEX letter_kept ON letter (settled_at, id) WHERE kept = 1 AND state IN ('sent', 'bounced');
CREATE INDEX letter_case ON letter (case_id, id) WHERE case_id IS NOT NULL;

-- A letter's bytes (RFC 5322), as rendered. Above 1 MiB they stand in a file of the name blobs/aa/<hash>.letter.
CREATE TABLE letter_bytes (
  letter_id INTEGER PRIMARY KEY REFERENCES letter (id),
  raw       BLOB NOT NULL
) STRICT;

-- Unfinished letters by case and recipient: only the lowest letter of a lane may be in flight.
CREATE TABLE lane (
  case_id   INTEGER NOT NULL,
  rcpt      BLOB    NOT NULL,           -- 16 bytes, kind "address"
  letter_id INTEGER NOT NULL REFERENCES letter (id),
  PRIMARY KEY (case_id, rcpt, letter_id)
) STRICT, WITHOUT ROWID;

-- Each attempt to send, recorded before the dial.
CREATE TABLE attempt (
  id        INTEGER PRIMARY KEY,
  letter_id INTEGER NOT NULL REFERENCES letter (id),
  epoch     INTEGER NOT NULL,
  at        INTEGER NOT NULL,
  ended_at  INTEGER,                    -- NULL: no result was ever noted
  outcome   TEXT    NOT NULL,           -- started, accepted, partial, deferred, unconnected, unknown, refused, drafted
  code      INTEGER NOT NULL,
  text      TEXT    NOT NULL
) STRICT;
CREATE INDEX attempt_letter ON attempt (letter_id);

-- Letters that lie in the Drafts folder, or did, and what became of them there.
CREATE TABLE draft (
  letter_id  INTEGER PRIMARY KEY REFERENCES letter (id),
  at         INTEGER NOT NULL,          -- when it was put there
  fate       TEXT    NOT NULL,          -- casework.DraftFate: '' it waits; sent, copied, deleted, withdrawn
  watched    INTEGER NOT NULL,          -- 1 while the folders are looked at for it
  remove     INTEGER NOT NULL,          -- 1: withdrawn, and still to be taken out of the folder
  missing_at INTEGER,                   -- since when no folder has had it
  sent_at    INTEGER,                   -- Date of the mail as which a person sent it
  sent_id    TEXT    NOT NULL,          -- its Message-ID
  sent_to    TEXT    NOT NULL,          -- JSON array of its recipients; erasable
  changed    INTEGER NOT NULL,          -- 1: it says something else than the draft, or brings other files
  raw        BLOB                       -- SHA-256 of its bytes, see blob
) STRICT;
CREATE INDEX draft_watched ON draft (letter_id) WHERE watched = 1;
CREATE INDEX draft_sent ON draft (sent_at) WHERE sent_id <> '';

-- Accepted letters whose copy is not yet in the Sent folder.
CREATE TABLE copy_due (
  letter_id INTEGER PRIMARY KEY REFERENCES letter (id),
  at        INTEGER NOT NULL
) STRICT;

-- What happened lately, for brakes and quotas. Rows of more than a day are swept away.
-- what: person, case, all (letters accepted), verify (会員確認 answered), wrong-code (letter_id is the mail's id), told/… (a brake was told;
-- told/frozen: of a held sender's mail, letter_id is the mail's id).

-- what: person, case, all (letters accepted), verify (会員確認 answered), wrong-code (letter_id is the mail's id), told/… (a brake was told),
-- unlock (letter_id is how many milliseconds a sender's locked files have cost).
CREATE TABLE recent (
  what      TEXT    NOT NULL,
  key       BLOB    NOT NULL,
  at        INTEGER NOT NULL,
  letter_id INTEGER NOT NULL,
  PRIMARY KEY (what, key, at, letter_id)
) STRICT, WITHOUT ROWID;

-- Bytes of mails and workbooks, once by hash. bytes is NULL above 1 MiB: then the file blobs/aa/<hash> has them.
CREATE TABLE blob (
  id    INTEGER PRIMARY KEY,
  hash  BLOB    NOT NULL UNIQUE,        -- SHA-256
  size  INTEGER NOT NULL,
  bytes BLOB
) STRICT;
