package store

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"uketsuke/internal/casework"
)

func (t *tx) contentKey(in Inbound) []byte { return t.s.key("message", hex.EncodeToString(in.Hash[:])) }

// seen looks whether this very mail, or this report of the robot's own, was done before. A mail's further place is
// noted, to be filed as the first was; nothing else happens (S2, S8).
func (b *batch) seen(in Inbound, d *decided) (bool, error) {
	if in.System {
		told, err := b.takeReport(in.Input.Failure)
		if told {
			d.Seen, d.Outcome = true, casework.Outcome{Result: casework.ResultSeen, Why: "told before"}
		}
		return told, err
	}
	if o := in.Opened; o != nil {
		waits, err := b.stillWaits(*o)
		if err == nil && !waits {
			d.Seen, d.Outcome = true, casework.Outcome{Result: casework.ResultSeen, Why: "opened before"}
		}
		return d.Seen, err
	}
	var folder casework.Folder
	found, err := b.q.one("SELECT id, folder FROM message WHERE content_key = ?", []any{b.contentKey(in)}, &d.Message, &folder)
	if err != nil || !found {
		return false, wrap(err, "look for the same mail")
	}
	d.Seen = true
	d.Outcome = casework.Outcome{Result: casework.ResultSeen, Folder: folder, Why: "this very mail was done before"}
	return true, b.place(in, d.Message, folder)
}

// place notes where a mail lies and into which folder it is to be filed.
func (t *tx) place(in Inbound, message int64, folder casework.Folder) error {
	_, err := t.q.exec(`INSERT INTO mailbox_uid (uidvalidity, uid, message, folder) VALUES (?,?,?,?)
		ON CONFLICT (uidvalidity, uid) DO UPDATE SET message = excluded.message, folder = excluded.folder, vanished_at = NULL
		WHERE message IS NULL`,
		in.UIDValidity, in.UID, message, folder)
	return wrap(err, "note a mail's place")
}

// record writes what was decided on one input, all but its letters, and returns the mail's row id.
func (t *tx) record(in Inbound, out casework.Outcome, raw rawFile) (int64, error) {
	if err := t.recordEvents(out.Events); err != nil {
		return 0, err
	}
	if err := t.recordNumbers(out.Numbers); err != nil {
		return 0, err
	}
	if err := t.recordSettings(out); err != nil {
		return 0, err
	}
	if err := errors.Join(t.takeBack(out.Withdraw, t.now), t.recordSecrets(out), t.recordStanding(out), t.recordAsked(out.Asked)); err != nil {
		return 0, err
	}
	if len(out.Events) > 0 || out.Ask != nil {
		if err := errors.Join(t.putWorkbooks(in.Blobs), t.recordSheetPasswords(in.Passwords)); err != nil {
			return 0, err
		}
	}
	if out.Draft != nil {
		if err := t.recordDraft(in, *out.Draft, raw); err != nil {
			return 0, err
		}
	}
	if in.System {
		return 0, nil
	}
	if b := in.Input.Bounce; b != nil && out.Bounced != 0 {
		if _, err := t.q.exec("UPDATE letter SET state = 'bounced', error = ? WHERE id = ? AND state = 'sent'", b.Status, out.Bounced); err != nil {
			return 0, fmt.Errorf("mark letter %d as bounced: %w", out.Bounced, err)
		}
	}
	id, err := t.recordMail(in, out, raw)
	if err != nil {
		return 0, err
	}
	for what, addr := range map[string]string{"wrong-code": out.Wrong, "told/frozen": out.Told} {
		if addr == "" {
			continue
		}
		if err := t.addRecent(what, t.lookup().address(addr), t.now, id); err != nil {
			return 0, err
		}
	}
	return id, nil
}

// recordMail writes the mail's row, or that of the mail which had waited, and what waits now.
func (t *tx) recordMail(in Inbound, out casework.Outcome, raw rawFile) (id int64, err error) {
	if in.Opened != nil {
		id, err = t.recordOpened(in, out)
	} else {
		id, err = t.recordMessage(in, out, raw)
	}
	if err != nil {
		return 0, err
	}
	return id, t.recordLocked(in, out, id)
}

func (t *tx) recordMessage(in Inbound, out casework.Outcome, raw rawFile) (int64, error) {
	sum, err := t.putRaw(in.Raw, raw)
	if err != nil {
		return 0, err
	}
	var chief int64
	if len(out.Cases) > 0 {
		chief = out.Cases[0]
	}
	id, err := t.q.insert(`INSERT INTO message (content_key, message_id, internal_at, kind, result, why, raw, case_id, folder, at)
		VALUES (?,?,?,?,?,?,?,?,?,?)`, t.contentKey(in), in.Input.MessageID, millis(in.InternalDate), in.Input.Kind, out.Result,
		out.Why, sum[:], optional(chief), out.Folder, millis(t.now))
	if err != nil {
		return 0, fmt.Errorf("write the mail's row: %w", err)
	}
	if err := t.place(in, id, out.Folder); err != nil {
		return 0, err
	}
	if chief != 0 {
		if err := t.addThread(in.Input.MessageID, chief, 0); err != nil {
			return 0, err
		}
	}
	_, err = t.q.exec("DELETE FROM failure WHERE content_key = ?", t.contentKey(in))
	return id, wrap(err, "forget earlier failures")
}

// recordEvents writes events and then, once for each case, its projection.
func (t *tx) recordEvents(events []casework.Event) error {
	if len(events) == 0 {
		return nil
	}
	before := map[int64]casework.Case{}
	var order []int64
	actors := map[casework.Actor]int64{}
	for _, e := range events {
		if e.Case <= 0 || e.Payload == nil {
			return fmt.Errorf("an event without case or payload was decided")
		}
		c, err := t.lookup().Case(e.Case)
		if err != nil {
			return err
		}
		if _, ok := before[e.Case]; !ok {
			before[e.Case] = c
			order = append(order, e.Case)
		}
		if err := t.recordEvent(&c, e, actors); err != nil {
			return err
		}
		t.memo.cases[e.Case] = &c
	}
	for _, id := range order {
		if err := t.project(before[id], *t.memo.cases[id]); err != nil {
			return fmt.Errorf("case %d: %w", id, err)
		}
	}
	for _, e := range events {
		if err := errors.Join(t.recordSheet(e), t.recordSupports(e)); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) recordEvent(c *casework.Case, e casework.Event, actors map[casework.Actor]int64) (err error) {
	actor, err := t.actorID(e.Actor, actors)
	if err != nil {
		return err
	}
	data, err := casework.EncodePayload(e.Payload)
	if err != nil {
		return fmt.Errorf("encode an event of kind %s: %w", e.Payload.Kind(), err)
	}
	at := e.At
	if at.IsZero() {
		at = t.now
	}
	if e.Seq, e.At, err = t.append(e.Case, string(e.Payload.Kind()), e.Payload.Version(), at, actor, data); err != nil {
		return err
	}
	c.Apply(e)
	return nil
}

// row is a case's line of case_row, as the fold makes it.
type row struct {
	ID                         int64
	Receipt                    string
	Registration, Member       string
	Stage                      casework.Stage
	Open                       bool
	Agency, Concierge, Company string
	Version                    int
	Received, Registered       int64
	Updated                    int64
	Events                     int
}

func rowOf(c casework.Case) row {
	r := row{ID: c.ID, Receipt: c.Receipt, Registration: c.Registration, Member: c.Member, Stage: c.Stage, Open: c.Stage.Open(),
		Agency: c.Agency, Concierge: c.Concierge, Company: c.Entry.Company.Name, Version: c.Version,
		Received: millis(c.ReceivedAt), Updated: millis(c.UpdatedAt), Events: c.Events}
	if !c.RegisteredAt.IsZero() {
		r.Registered = millis(c.RegisteredAt)
	}
	return r
}

// counters of a row: what it adds to table counter.
func (r row) counters() []string {
	if r.ID == 0 {
		return nil
	}
	names := []string{stagePrefix + string(r.Stage)}
	if r.Open && r.Registration != "" && r.Concierge != "" {
		names = append(names, loadPrefix+r.Concierge)
	}
	return names
}

// companyKeys are the keys under which a case's company is found: its own, and the weaker ones of a correction while
// one is waited for.
func companyKeys(c casework.Case) []string {
	keys := c.Entry.Company.Keys()
	if c.Stage == casework.StageReturned || c.Stage == casework.StageHeld {
		keys = append(keys, casework.CorrectionKeys(c.Entry.Company)...)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// project brings the projection of one case from before to after.
func (t *tx) project(before, after casework.Case) error {
	r := rowOf(after)
	if r.Receipt == "" {
		return fmt.Errorf("its first event gives no receipt number")
	}
	if err := t.writeRow(r, before.ID == 0); err != nil {
		return err
	}
	old, now := rowOf(before).counters(), r.counters()
	for _, name := range old {
		if !slices.Contains(now, name) {
			if err := t.count(name, -1); err != nil {
				return err
			}
		}
	}
	for _, name := range now {
		if !slices.Contains(old, name) {
			if err := t.count(name, 1); err != nil {
				return err
			}
		}
	}
	if before.Chased() != after.Chased() {
		query := "DELETE FROM chased WHERE case_id = ?"
		if after.Chased() {
			query = "INSERT OR IGNORE INTO chased (case_id) VALUES (?)"
		}
		if _, err := t.q.exec(query, after.ID); err != nil {
			return fmt.Errorf("note what is waited for: %w", err)
		}
	}
	return t.projectKeys(after.ID, companyKeys(before), companyKeys(after))
}

func (t *tx) writeRow(r row, fresh bool) error {
	query := `UPDATE case_row SET receipt=?, registration=?, member=?, stage=?, open=?, agency=?, concierge=?, company=?,
		version=?, received_at=?, registered_at=?, updated_at=?, events=? WHERE id=?`
	if fresh {
		query = `INSERT INTO case_row (receipt, registration, member, stage, open, agency, concierge, company, version,
			received_at, registered_at, updated_at, events, id) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`
	}
	_, err := t.q.exec(query, r.Receipt, optional(r.Registration), optional(r.Member), r.Stage, boolInt(r.Open), r.Agency, r.Concierge,
		r.Company, r.Version, r.Received, optional(r.Registered), r.Updated, r.Events, r.ID)
	return wrap(err, "write the case's row")
}

func (t *tx) count(name string, by int) error {
	_, err := t.q.exec("INSERT INTO counter (name, n) VALUES (?,?) ON CONFLICT (name) DO UPDATE SET n = n + excluded.n", name, by)
	return wrap(err, "count "+name)
}

func (t *tx) projectKeys(id int64, before, after []string) error {
	for _, k := range before {
		if slices.Contains(after, k) {
			continue
		}
		if _, err := t.q.exec("DELETE FROM company_key WHERE key = ? AND case_id = ?", t.s.key("company", k), id); err != nil {
			return fmt.Errorf("remove a company key: %w", err)
		}
	}
	for _, k := range after {
		if slices.Contains(before, k) {
			continue
		}
		if _, err := t.q.exec("INSERT INTO company_key (key, case_id) VALUES (?,?)", t.s.key("company", k), id); err != nil {
			return fmt.Errorf("write a company key: %w", err)
		}
	}
	return nil
}

// recordSheet notes which workbook an event brought.
func (t *tx) recordSheet(e casework.Event) error {
	var f casework.SheetFile
	switch p := e.Payload.(type) {
	case *casework.CaseTakenOver:
		f = p.Bundle.Newest().File
	case *casework.SheetReceived:
		f = p.Sheet
	case *casework.SheetReplaced:
		f = p.Sheet
	case *casework.VersionAdded:
		f = p.Sheet
	case *casework.VersionReturned:
		f = p.Sheet
	}
	if f.Blob == "" {
		return nil
	}
	_, err := t.q.exec("INSERT OR IGNORE INTO sheet (key, case_id) VALUES (?,?)", t.s.key("sheet", f.Blob), e.Case)
	return wrap(err, "note a workbook")
}

// recordNumbers notes the series that were counted up. Numbers of fiscal year 0 say nothing.
func (t *tx) recordNumbers(n casework.Numbers) error {
	if n.FiscalYear == 0 {
		return nil
	}
	for _, s := range []struct {
		seriesKey
		last int64
	}{{seriesKey{"case", 0}, n.Case}, {seriesKey{"member", 0}, int64(n.Member)},
		{seriesKey{"receipt", n.FiscalYear}, int64(n.Receipt)}, {seriesKey{"registration", n.FiscalYear}, int64(n.Registration)},
		{seriesKey{"inquiry", n.FiscalYear}, int64(n.Inquiry)}} {
		if err := t.countUp(s.seriesKey, s.last); err != nil {
			return err
		}
	}
	return nil
}

// countUp notes a series' new last number, which is written at the end of the transaction.
func (t *tx) countUp(k seriesKey, last int64) error {
	have, err := t.lookup().last(k)
	switch {
	case err != nil:
		return err
	case last < have:
		return fmt.Errorf("series %s of %d would fall from %d to %d", k.name, k.year, have, last)
	case last == have:
		return nil
	}
	t.memo.series[k] = last
	if !slices.Contains(t.memo.counted, k) {
		t.memo.counted = append(t.memo.counted, k)
	}
	return nil
}

func (t *tx) writeSeries() error {
	for _, k := range t.memo.counted {
		if _, err := t.q.exec("INSERT INTO series (name, year, last) VALUES (?,?,?) ON CONFLICT (name, year) DO UPDATE SET last = excluded.last",
			k.name, k.year, t.memo.series[k]); err != nil {
			return fmt.Errorf("write series %s: %w", k.name, err)
		}
	}
	return nil
}

// recordSettings writes the stop button and confirmations asked for or used up.
func (t *tx) recordSettings(out casework.Outcome) error {
	if out.Stop != nil {
		if err := t.set("stopped", fmt.Sprint(boolInt(*out.Stop))); err != nil {
			return err
		}
	}
	if out.Digested != "" {
		if err := errors.Join(t.set(digestPrefix+out.Digested, fmt.Sprint(millis(t.now))), t.supersede(out.Letters)); err != nil {
			return err
		}
	}
	if out.Used != "" {
		if _, err := t.q.exec("DELETE FROM pending WHERE word_key = ?", t.s.key("word", out.Used)); err != nil {
			return fmt.Errorf("use up a confirmation: %w", err)
		}
	}
	if out.Ask == nil {
		return nil
	}
	p := *out.Ask
	p.Word = ""
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode a confirmation: %w", err)
	}
	_, err = t.q.exec("INSERT INTO pending (word_key, addr_key, case_id, expires_at, data) VALUES (?,?,?,?,?)",
		t.s.key("word", out.Ask.Word), t.lookup().address(p.To.Addr), p.Case, millis(p.Expires), string(data))
	return wrap(err, "write a confirmation")
}

func (t *tx) set(name, value string) error {
	_, err := t.q.exec("INSERT INTO setting (name, value) VALUES (?,?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return wrap(err, "write setting "+name)
}
