// Package daemon puts the rooms together into one running office: the only place, beside the commands, that knows
// them all. run, check, try, demo and the scenarios open an office here, so that they drive the same code.
//
//  1. Lock the data folder: one sender (trust.md S10).
//  2. Read the keys, made at first start; open the database and take its lease.
//  3. Make mailbox, delivery, letters, outbox and robot from the configuration.
package daemon

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/clock"
	"uketsuke/internal/command"
	"uketsuke/internal/config"
	"uketsuke/internal/delivery"
	"uketsuke/internal/entrysheet"
	"uketsuke/internal/inbound"
	"uketsuke/internal/intake"
	"uketsuke/internal/letter"
	"uketsuke/internal/letter/certificate"
	"uketsuke/internal/mailbox"
	"uketsuke/internal/outbox"
	"uketsuke/internal/robot"
	"uketsuke/internal/roster"
	"uketsuke/internal/seal"
	"uketsuke/internal/store"
)

// Options are what an office has of the world beside its configuration; the zero value is the real one.
type Options struct {
	Now    func() time.Time
	Random io.Reader
	Log    *slog.Logger
	Step   func(name string) // the scenarios' hook at steps of the database
	Fate   func(robot.Fate)
	Spool  string // folder for large mails; "" is one in the data folder

	Readers int // connections that read the database, see store.Options; 0 is its default
}

// Office is an open office.
type Office struct {
	Config  *config.Config
	Store   *store.Store
	Mailbox *mailbox.Client
	Robot   *robot.Robot
	Keys    seal.Keys
	Letters *letter.Renderer

	folders   *mailbox.Client // the connection that appends, architecture.md rule 8
	transport *transport
	unlock    func() error
}

// Open opens the office of a faultless configuration. The caller closes it.
func Open(ctx context.Context, cfg *config.Config, o Options) (_ *Office, err error) {
	o = withDefaults(o)
	of := &Office{Config: cfg}
	defer func() {
		if err != nil {
			err = errors.Join(err, of.Close())
		}
	}()
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	if of.unlock, err = lock(filepath.Join(cfg.DataDir, "lock")); err != nil {
		return nil, err
	}
	if of.Keys, err = keys(filepath.Join(cfg.DataDir, "keys"), o.Random); err != nil {
		return nil, err
	}
	if of.Store, err = store.Open(ctx, store.Options{Dir: cfg.DataDir, Lookup: of.Keys.Lookup, Readers: o.Readers, Step: o.Step, Log: o.Log, Now: o.Now,
		Seal: func(b []byte) ([]byte, error) { return of.Keys.Seal(b, o.Random) }, Open: of.Keys.Open,
		KeepBytes: time.Duration(cfg.Limits.KeepBytesDays) * 24 * time.Hour}); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if of.Letters, err = Letters(cfg, of.Keys); err != nil {
		return nil, err
	}
	if err := of.servers(cfg, o); err != nil {
		return nil, err
	}
	return of, of.wire(ctx, cfg, o)
}

func withDefaults(o Options) Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Letters makes the renderer of a configuration, overrides included.
func Letters(cfg *config.Config, k letter.Keys) (*letter.Renderer, error) {
	opt := letter.Options{Office: cfg.Office(), Keys: k, CodeDays: cfg.Codes.BusinessDays}
	if cfg.Templates != "" {
		opt.Overrides = os.DirFS(cfg.Templates)
	}
	r, err := letter.New(opt)
	if err != nil {
		return nil, fmt.Errorf("prepare the letters: %w", err)
	}
	return r, nil
}

// ours tells our own mail: by its keyed Message-ID, or by the keyed loop header where a gateway has replaced that.
func ours(k seal.Keys) func(messageID, loop string) bool {
	return func(messageID, loop string) bool {
		_, own := k.OwnMessageID(messageID)
		return own || k.OwnLoop(messageID, loop)
	}
}

// Settings are how mail is understood under a configuration. own may be nil.
func Settings(cfg *config.Config, own func(messageID, loop string) bool) (intake.Settings, error) {
	parser, faults := command.New(cfg.Commands.Aliases)
	if len(faults) > 0 {
		return intake.Settings{}, fmt.Errorf("commands.aliases: %w", errors.Join(faults...))
	}
	for _, name := range cfg.Commands.Off {
		switch casework.CommandName(name) {
		case casework.CmdStopAll, casework.CmdStartAll, casework.CmdHelp, casework.CmdConfirm:
			return intake.Settings{}, fmt.Errorf("commands.off: %q cannot be switched off; take it out of the list", name)
		}
		if _, ok := command.Lookup(casework.CommandName(name)); !ok {
			return intake.Settings{}, fmt.Errorf("commands.off: %q is no command; use one of the Japanese names of the table", name)
		}
	}
	layout := entrysheet.DefaultLayout()
	if cfg.Layout != "" {
		b, err := os.ReadFile(cfg.Layout)
		if err != nil {
			return intake.Settings{}, fmt.Errorf("read the layout: %w", err)
		}
		if layout, err = entrysheet.ParseLayout(b); err != nil {
			return intake.Settings{}, fmt.Errorf("layout %s: %w", cfg.Layout, err)
		}
	}
	opt := inbound.Options{Own: own, Limits: inbound.DefaultLimits()}
	opt.Limits.Bytes = int64(cfg.Limits.MaxMessage)
	if cfg.Evidence.Method == config.EvidenceAuthenticationResults {
		opt.Authserv = cfg.Evidence.Authserv
	}
	return intake.Settings{Inbound: opt, Layout: layout, Limits: entrysheet.DefaultLimits(), Commands: parser, Mailbox: cfg.Bureau.Mailbox}, nil
}

// Calendar is the office's business calendar.
func Calendar(cfg *config.Config) *clock.Calendar {
	var closed []clock.Range
	for _, d := range cfg.Bureau.Closed {
		closed = append(closed, clock.Range(d))
	}
	return clock.New(closed, clock.Hours{Open: time.Duration(cfg.Bureau.Open), Close: time.Duration(cfg.Bureau.Close)})
}

// IMAP is the mailbox adapter's configuration.
func IMAP(cfg *config.Config, log *slog.Logger) (mailbox.Config, error) {
	pool, err := roots(cfg.IMAP.CAFile)
	if err != nil {
		return mailbox.Config{}, err
	}
	return mailbox.Config{Addr: cfg.IMAP.Addr, TLS: string(cfg.IMAP.TLS), User: cfg.IMAP.User, Auth: string(cfg.IMAP.Auth),
		Password: cfg.IMAP.Password.Read, Token: tokens(cfg), RootCAs: pool, Inbox: cfg.IMAP.Inbox, Log: log}, nil
}

// SMTP is the delivery adapter's configuration.
func SMTP(cfg *config.Config, log *slog.Logger) (delivery.Config, error) {
	pool, err := roots(cfg.SMTP.CAFile)
	if err != nil {
		return delivery.Config{}, err
	}
	auth := string(cfg.SMTP.Auth)
	if cfg.SMTP.Auth == config.AuthPassword {
		auth = "auto"
	}
	domain := inbound.Address{Addr: cfg.Bureau.Mailbox}.Domain()
	return delivery.Config{Addr: cfg.SMTP.Addr, TLS: string(cfg.SMTP.TLS), User: cfg.SMTP.User, Auth: auth,
		Password: cfg.SMTP.Password.Read, Token: tokens(cfg), RootCAs: pool, Hello: domain, Log: log}, nil
}

func roots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read ca_file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_file %s holds no certificate in PEM form", file)
	}
	return pool, nil
}

func (of *Office) servers(cfg *config.Config, o Options) error {
	in, err := IMAP(cfg, o.Log)
	if err != nil {
		return err
	}
	out, err := SMTP(cfg, o.Log)
	if err != nil {
		return err
	}
	of.Mailbox, of.folders, of.transport = mailbox.New(in), mailbox.New(in), newTransport(out)
	return nil
}

// wire makes outbox and robot.
func (of *Office) wire(ctx context.Context, cfg *config.Config, o Options) error {
	settings, err := Settings(cfg, ours(of.Keys))
	if err != nil {
		return err
	}
	spool := o.Spool
	if spool == "" {
		spool = filepath.Join(cfg.DataDir, "spool")
	}
	if err := os.MkdirAll(spool, 0o700); err != nil {
		return fmt.Errorf("make the spool folder: %w", err)
	}
	if err := emptySpool(spool); err != nil {
		return err
	}
	imap, err := IMAP(cfg, o.Log)
	if err != nil {
		return err
	}
	people := cfg.Roster()
	settings.Office = officeAt(cfg, o)
	r := &robot.Robot{
		Settings: robot.Settings{Office: cfg.Office(), Folders: folders(cfg), Start: robot.Start{All: cfg.Start.All, From: cfg.Start.Since},
			Hold: cfg.Sending.Hold, DraftGrace: cfg.Drafts.DeletedAfter, Prefectures: cfg.Inquiry.NamePrefecture, FormFile: cfg.InfoForm,
			MaxMessage: int64(cfg.Limits.MaxMessage), Batch: 8, BatchBytes: 8 << 20, CcWindow: cfg.Sending.CopyToWindow, Off: off(cfg), CodeDays: calendarDays(cfg.Codes.BusinessDays),
			Digests: digests(cfg), Poll: cfg.IMAP.Poll, Spool: spool, Workers: runtime.GOMAXPROCS(0)},
		Intake: settings, Roster: laid(cfg), Calendar: Calendar(cfg), Keys: of.Keys, Prefecture: prefecture(cfg), Lacks: certificate.Lacks,
		Agreed: agreed(cfg), OwnForm: ownForm(people), OfficeWord: officeWord(cfg), Store: storePort{of.Store}, Mailbox: mailboxPort{of.Mailbox}, Others: othersPort{of.folders},
		Letters: of.Letters, Now: o.Now, Random: o.Random, Log: o.Log, Fate: o.Fate,
		Watch: func(ctx context.Context, notify func()) error { return mailbox.Watch(ctx, imap, cfg.IMAP.Poll, notify) },
	}
	r.Lying = of.lying(cfg)
	of.Robot = r
	r.Outbox = of.outbox(cfg, o)
	r.Renew = of.renew
	return of.renew(ctx)
}

func digests(cfg *config.Config) robot.Digests {
	day, _ := cfg.Digest.Weekday() // Sunday for none
	return robot.Digests{Concierge: cfg.Digest.Concierge, Clerk: cfg.Digest.Clerk, Said: cfg.Digest.Answers, At: time.Duration(cfg.Digest.At), Office: day, OfficeTo: cfg.Digest.OfficeTo,
		AgencyDay: cfg.Digest.AgencyDay}
}

// agreed reads the passwords agreed with agencies, when they are needed.
func agreed(cfg *config.Config) func(agency string) (string, error) {
	return func(agency string) (string, error) {
		secret, ok := cfg.AgreedPasswords[agency]
		if !ok {
			return "", fmt.Errorf("no password is configured as agreed with %s", agency)
		}
		return secret.Read(context.Background())
	}
}

// officeWord reads the passwords agreed with other offices, when they are needed.
func officeWord(cfg *config.Config) func(office string) (string, error) {
	return func(office string) (string, error) {
		secret, ok := cfg.OfficePasswords[office]
		if !ok {
			return "", fmt.Errorf("no password is configured as agreed with the office %s", office)
		}
		return secret.Read(context.Background())
	}
}

// officeAt reads the password agreed with the office whose mailbox an address is, "" for every other address.
func officeAt(cfg *config.Config, o Options) func(addr string) string {
	return func(addr string) string {
		for _, other := range cfg.Roster().Offices(o.Now()) {
			if !casework.SameAddr(casework.Address{Addr: addr}, casework.Address{Addr: other.Mailbox}) {
				continue
			}
			password, err := officeWord(cfg)(other.Code)
			if err != nil {
				o.Log.Error("the password agreed with another office cannot be read; see its file or variable", "error", err)
			}
			return password
		}
		return ""
	}
}

// ownForm reads the referral forms of agencies, which change while the program runs.
func ownForm(people *roster.Roster) func(agency string) ([]byte, error) {
	return func(agency string) ([]byte, error) {
		row, ok := people.AgencyRow(agency, time.Now())
		if !ok || row.Referral.OwnForm == "" {
			return nil, fmt.Errorf("no referral form is configured for %s", agency)
		}
		return os.ReadFile(row.Referral.OwnForm)
	}
}

// emptySpool removes what a stopped process left of large mails: they are still in the inbox and fetched again.
func emptySpool(dir string) error {
	left, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look into the spool folder: %w", err)
	}
	for _, file := range left {
		if !strings.HasPrefix(file.Name(), "large-") {
			continue
		}
		if err := os.Remove(filepath.Join(dir, file.Name())); err != nil {
			return fmt.Errorf("empty the spool folder: %w", err)
		}
	}
	return nil
}

// renew takes the lease: one sender, also where two processes share a database (trust.md S10).
func (of *Office) renew(ctx context.Context) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	of.Robot.Outbox.Epoch, err = of.Store.Lease(ctx, fmt.Sprintf("%s/%d", host, os.Getpid()))
	if err != nil {
		return fmt.Errorf("take the lease: %w", err)
	}
	return nil
}

func off(cfg *config.Config) []casework.CommandName {
	var out []casework.CommandName
	for _, name := range cfg.Commands.Off {
		out = append(out, casework.CommandName(name))
	}
	return out
}

// calendarDays is how many calendar days the business days of a code's life may span: weekends and holidays included.
func calendarDays(business int) int { return business*7/5 + 10 }

// prefecture reads a company's prefecture from its address; where it names none it is the office's own area.
func prefecture(cfg *config.Config) func(string) string {
	return func(address string) string {
		if p := roster.Prefecture(address); p != "" {
			return p
		}
		return cfg.Bureau.Area
	}
}

func folders(cfg *config.Config) map[casework.Folder]string {
	return map[casework.Folder]string{casework.FolderDone: cfg.IMAP.Done, casework.FolderAside: cfg.IMAP.Aside, casework.FolderMachine: cfg.IMAP.Machine}
}

func (of *Office) outbox(cfg *config.Config, o Options) *outbox.Runner {
	return &outbox.Runner{
		Store: of.Store, Transport: of.transport, Parallel: 8, Folders: folderPort{of.folders}, Drafting: cfg.Drafting(),
		SentCopies: cfg.IMAP.SentCopies, Now: o.Now, Log: o.Log, Report: of.Robot.Undelivered,
		Brakes: outbox.Brakes{PerPersonHour: cfg.Sending.PerPersonHour, PerCaseDay: cfg.Sending.PerCaseDay, PerHour: cfg.Sending.PerHour},
		Guard:  guard(cfg, o.Now),
		Sent:   func(ctx context.Context) (string, error) { return of.special(ctx, cfg.IMAP.Sent, `\Sent`) },
		Drafts: func(ctx context.Context) (string, error) { return of.special(ctx, cfg.IMAP.Drafts, `\Drafts`) },
	}
}

// special is the folder that the configuration names, else the one with that special use, else the usual name. It is
// looked up when it is first needed: the server may be away when the office opens.
func (of *Office) special(ctx context.Context, named, use string) (string, error) {
	if named != "" {
		return named, nil
	}
	name, ok, err := of.folders.Special(ctx, use)
	if err != nil {
		return "", fmt.Errorf("look for the folder %s: %w", use, err)
	}
	if !ok {
		return use[1:], nil
	}
	return name, nil
}

// Close closes everything that is open; it is safe on a half-open office.
func (of *Office) Close() error { return of.end((*store.Store).Close) }

// Abandon lets go of everything as a dying process does: open notes are not written. For the scenarios.
func (of *Office) Abandon() error { return of.end((*store.Store).Abandon) }

func (of *Office) end(closeStore func(*store.Store) error) error {
	var errs []error
	if of.transport != nil {
		errs = append(errs, of.transport.Close())
	}
	for _, c := range []*mailbox.Client{of.Mailbox, of.folders} {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	if of.Store != nil {
		errs = append(errs, closeStore(of.Store))
	}
	if of.unlock != nil {
		errs = append(errs, of.unlock())
	}
	return errors.Join(errs...)
}
