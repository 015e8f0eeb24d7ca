package store

import (
	"context"
	"database/sql"
	_ "embed" // the schema
	"fmt"
	"os"
	"path/filepath"
)

//go:embed schema.sql
var schema string

// applicationID marks the file as ours (PRAGMA application_id, "Uket").
const applicationID = 0x556b6574

// migrations lead from version i+1 to i+2, each in one transaction; forward only. schema.sql is always the newest
// form, and a test compares it with the oldest form after all migrations.
var migrations = []string{
	// 2: supports, their numbers and passwords, letters that wait; locked files that wait.
	`-- The numbers under which agencies are asked (照会番号), and the cases that they are about.
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

CREATE INDEX letter_held ON letter (next_at) WHERE state = 'held';

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
) STRICT, WITHOUT ROWID;`,

	// 3: reminders.
	`-- Cases that are over and of which something is waited for all the same: that a provider has deleted what it got.
CREATE TABLE chased (
  case_id INTEGER PRIMARY KEY REFERENCES case_row (id)
) STRICT;`,

	// 4: drafts.
	`-- Letters that lie in the Drafts folder, or did, and what became of them there.
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
CREATE INDEX letter_drafted ON letter (id) WHERE state = 'drafted';
INSERT INTO draft (letter_id, at, fate, watched, remove, sent_id, sent_to, changed)
  SELECT id, coalesce(settled_at, created_at), '', 1, 0, '', '[]', 0 FROM letter WHERE state = 'drafted';`,

	// 5: where mails lie by mail, and drafts by when they were sent, found at once after many years.
	`CREATE INDEX mailbox_uid_message ON mailbox_uid (message);
CREATE INDEX draft_sent ON draft (sent_at) WHERE sent_id <> '';`,
}

// NewerError refuses a database that a newer program has written.
type NewerError struct{ Path, Have, Know string }

func (e *NewerError) Error() string {
	return fmt.Sprintf("database %s has format %s, this program knows up to %s: start the newer program, or restore the snapshot beside it",
		e.Path, e.Have, e.Know)
}

// OlderError tells a reader that the database has to be migrated first.
type OlderError struct{ Path, Have, Know string }

func (e *OlderError) Error() string {
	return fmt.Sprintf("database %s has format %s, this program reads %s: start `uketsuke run` once to bring it up to date",
		e.Path, e.Have, e.Know)
}

// ForeignError refuses an SQLite file that is not ours.
type ForeignError struct{ Path string }

func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s is no database of uketsuke: name the file uketsuke.db of a data folder", e.Path)
}

// formats reads user_version and application_id.
func formats(ctx context.Context, c *sql.Conn) (version, app int, err error) {
	if err = c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, 0, fmt.Errorf("read the database's format: %w", err)
	}
	if err = c.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app); err != nil {
		return 0, 0, fmt.Errorf("read the database's application id: %w", err)
	}
	return version, app, nil
}

// migrate brings the database to the newest format: a fresh one gets fresh, an older one the steps from its version,
// each in a transaction of its own, after a snapshot beside it named path.before-vN.
func migrate(ctx context.Context, c *sql.Conn, path, fresh string, steps []string) error {
	version, app, err := formats(ctx, c)
	if err != nil {
		return err
	}
	newest := len(steps) + 1
	switch {
	case version == 0:
		return create(ctx, c, path, fresh, newest)
	case app != applicationID:
		return &ForeignError{path}
	case version > newest:
		return &NewerError{path, fmt.Sprint(version), fmt.Sprint(newest)}
	case version < newest:
		if err := snapshot(ctx, c, fmt.Sprintf("%s.before-v%d", path, newest)); err != nil {
			return err
		}
	}
	for ; version < newest; version++ {
		if err := step(ctx, c, steps[version-1], version+1); err != nil {
			return fmt.Errorf("migrate %s to format %d: %w", path, version+1, err)
		}
	}
	return nil
}

func create(ctx context.Context, c *sql.Conn, path, fresh string, version int) error {
	var tables int
	if err := c.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if tables > 0 {
		return &ForeignError{path}
	}
	if err := step(ctx, c, fresh+fmt.Sprintf(";PRAGMA application_id = %d", applicationID), version); err != nil {
		return fmt.Errorf("create %s: %w", path, err)
	}
	return nil
}

func step(ctx context.Context, c *sql.Conn, script string, version int) error {
	for _, s := range []string{"BEGIN IMMEDIATE", script, fmt.Sprintf("PRAGMA user_version = %d", version), "COMMIT"} {
		if _, err := c.ExecContext(ctx, s); err != nil {
			_, _ = c.ExecContext(ctx, "ROLLBACK")
			return err
		}
	}
	return nil
}

// snapshot copies the whole database to path, durably. A snapshot of an earlier, failed migration is replaced.
func snapshot(ctx context.Context, c *sql.Conn, path string) error {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("remove the old snapshot: %w", err)
	}
	if err := touch(path); err != nil {
		return fmt.Errorf("make the snapshot file: %w", err)
	}
	if _, err := c.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return fmt.Errorf("snapshot the database to %s: %w", path, err)
	}
	if err := syncPath(path); err != nil {
		return fmt.Errorf("sync the snapshot %s: %w", path, err)
	}
	return syncPath(filepath.Dir(path))
}
