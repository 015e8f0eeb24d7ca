package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"uketsuke/internal/casework"
	"uketsuke/internal/config"
	"uketsuke/internal/letter"
	"uketsuke/internal/letter/certificate"
	"uketsuke/internal/robot"
	"uketsuke/internal/seal"
	"uketsuke/internal/store"
)

// Trial is an office that only considers: a reader of the database, the key to check codes, and neither sender nor
// mailbox. The letters that it makes carry dummy codes (trust.md "What always holds").
type Trial struct {
	robot  *robot.Robot
	reader *store.Reader
	lookup casework.Lookup
	temp   string
}

// OpenTrial opens the office for looking; where there is no database yet it considers an empty one.
func OpenTrial(ctx context.Context, cfg *config.Config, o Options) (_ *Trial, err error) {
	o = withDefaults(o)
	t := &Trial{}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.Close())
		}
	}()
	keys, err := t.open(ctx, cfg, o)
	if err != nil {
		return nil, err
	}
	t.lookup = t.reader.Lookup(keys.Lookup)
	settings, err := Settings(cfg, ours(keys))
	if err != nil {
		return nil, err
	}
	settings.Office = officeAt(cfg, o)
	letters, err := Letters(cfg, letter.SampleKeys{})
	if err != nil {
		return nil, err
	}
	t.robot = &robot.Robot{Settings: robot.Settings{Office: cfg.Office(), CcWindow: cfg.Sending.CopyToWindow, Off: off(cfg), CodeDays: calendarDays(cfg.Codes.BusinessDays),
		Digests: digests(cfg), Hold: cfg.Sending.Hold, Prefectures: cfg.Inquiry.NamePrefecture, FormFile: cfg.InfoForm},
		Agreed: agreed(cfg), OwnForm: ownForm(cfg.Roster()), OfficeWord: officeWord(cfg), Intake: settings, Roster: laid(cfg), Calendar: Calendar(cfg), Keys: keys, Prefecture: prefecture(cfg), Lacks: certificate.Lacks,
		Letters: letters, Now: o.Now, Random: o.Random, Log: o.Log, Blobs: t.reader}
	return t, nil
}

// open opens the reader and the keys, or an empty database and throw-away keys in a temporary folder.
func (t *Trial) open(ctx context.Context, cfg *config.Config, o Options) (seal.Keys, error) {
	dir := cfg.DataDir
	keys, err := ReadKeys(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if t.temp, err = os.MkdirTemp("", "uketsuke-try-"); err != nil {
			return keys, err
		}
		dir = t.temp
		if keys, err = seal.NewKeys(o.Random); err != nil {
			return keys, err
		}
		s, err := store.Open(ctx, store.Options{Dir: dir, Lookup: keys.Lookup})
		if err != nil {
			return keys, fmt.Errorf("make an empty database: %w", err)
		}
		if err := s.Close(); err != nil {
			return keys, fmt.Errorf("make an empty database: %w", err)
		}
	} else if err != nil {
		return keys, err
	}
	t.reader, err = store.OpenReader(ctx, filepath.Join(dir, "uketsuke.db"))
	return keys, err
}

// Consider says what would happen to a mail.
func (t *Trial) Consider(ctx context.Context, raw []byte) (casework.Inbound, casework.Outcome, []casework.Rendered, error) {
	return t.robot.Try(ctx, t.lookup, raw)
}

// Digest makes a digest as it would be written now: of a concierge or an agency by code.
func (t *Trial) Digest(ctx context.Context, kind casework.LetterKind, code string) (robot.Preview, error) {
	return t.robot.Preview(ctx, t.reader, t.lookup, kind, code)
}

// Close lets go of the database.
func (t *Trial) Close() error {
	var errs []error
	if t.reader != nil {
		errs = append(errs, t.reader.Close())
	}
	if t.temp != "" {
		errs = append(errs, os.RemoveAll(t.temp))
	}
	return errors.Join(errs...)
}
