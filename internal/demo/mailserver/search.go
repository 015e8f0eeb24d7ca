package mailserver

import (
	"bytes"
	"io"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	gomessage "github.com/emersion/go-message"
)

// verdict is three-valued, so that a search is decided from memory as far as
// that goes, and only the rest opens files.
type verdict int

const (
	differs verdict = iota
	perhaps
	matches
)

func verdictOf(ok bool) verdict {
	if ok {
		return matches
	}
	return differs
}

// candidate is a message under search. Without body, what needs it is perhaps.
type candidate struct {
	message
	seq  func() uint32 // the client's number for it
	body io.ReaderAt

	fields   []field // of the header, once read
	readOnce bool
}

// Search serves SEARCH and UID SEARCH. Messages that the client has not been
// told of are found by UID SEARCH: it is told of them before the OK.
func (sess *session) Search(kind imapserver.NumKind, criteria *imap.SearchCriteria, options *imap.SearchOptions) (*imap.SearchData, error) {
	if err := sess.step(StepIMAPSearch); err != nil {
		return nil, err
	}
	v := sess.selected()
	found, err := v.search(criteria, kind == imapserver.NumKindSeq)
	if err != nil {
		return nil, err
	}
	data := &imap.SearchData{Count: uint32(len(found))}
	var uids imap.UIDSet
	var seqs imap.SeqSet
	for i, p := range found {
		uids = appendUID(uids, p.uid)
		number := p.uid
		if kind == imapserver.NumKindSeq {
			seqs.AddNum(p.seq)
			number = p.seq
		}
		if i == 0 {
			data.Min = number
		}
		data.Max = number
	}
	data.All = uids
	if kind == imapserver.NumKindSeq {
		data.All = seqs
	}
	if options.ReturnSave {
		v.saved = uids
	}
	return data, nil
}

// search lists the matching messages; with numbered, only those that the client
// has a sequence number for.
func (v *view) search(criteria *imap.SearchCriteria, numbered bool) ([]picked, error) {
	var found []picked
	var open []int // positions in found that are not decided yet

	v.box.mu.Lock()
	criteria = v.box.staticCriteria(v, criteria)
	for i, m := range v.box.messages {
		c := candidate{message: *m, seq: func() uint32 { return v.seq(i) }}
		decided := c.match(criteria)
		if decided == differs {
			continue
		}
		p := picked{message: *m}
		if numbered {
			if p.seq = v.seq(i); p.seq == 0 {
				continue
			}
		}
		if decided == perhaps {
			open = append(open, len(found))
		}
		found = append(found, p)
	}
	v.box.mu.Unlock()

	if len(open) == 0 {
		return found, nil
	}
	return v.searchBodies(criteria, found, open)
}

// searchBodies decides the open ones by their files.
func (v *view) searchBodies(criteria *imap.SearchCriteria, found []picked, open []int) ([]picked, error) {
	var kept []picked
	for i, p := range found {
		if len(open) == 0 || open[0] != i {
			kept = append(kept, p)
			continue
		}
		open = open[1:]
		f, err := v.box.open(p.message)
		if err != nil {
			continue // expunged meanwhile
		}
		c := candidate{message: p.message, seq: func() uint32 { return p.seq }, body: f}
		if c.match(criteria) == matches {
			kept = append(kept, p)
		}
		_ = f.Close()
	}
	return kept, nil
}

// staticCriteria copies criteria with * and $ replaced.
func (b *mailbox) staticCriteria(v *view, criteria *imap.SearchCriteria) *imap.SearchCriteria {
	out := *criteria
	out.SeqNum, out.UID, out.Not, out.Or = nil, nil, nil, nil
	for _, set := range criteria.SeqNum {
		out.SeqNum = append(out.SeqNum, b.static(v, set).(imap.SeqSet))
	}
	for _, set := range criteria.UID {
		out.UID = append(out.UID, b.static(v, set).(imap.UIDSet))
	}
	for i := range criteria.Not {
		out.Not = append(out.Not, *b.staticCriteria(v, &criteria.Not[i]))
	}
	for i := range criteria.Or {
		out.Or = append(out.Or, [2]imap.SearchCriteria{
			*b.staticCriteria(v, &criteria.Or[i][0]),
			*b.staticCriteria(v, &criteria.Or[i][1]),
		})
	}
	return &out
}

// match is the conjunction of all criteria, cheap ones first.
func (c *candidate) match(criteria *imap.SearchCriteria) verdict {
	if !c.matchNumbers(criteria) || !c.matchMetadata(criteria) {
		return differs
	}
	result := matches
	for _, h := range criteria.Header {
		result = min(result, c.matchHeader(h))
	}
	if !criteria.SentSince.IsZero() || !criteria.SentBefore.IsZero() {
		result = min(result, c.matchSent(criteria))
	}
	for i := range criteria.Not {
		result = min(result, matches-c.match(&criteria.Not[i]))
	}
	for i := range criteria.Or {
		result = min(result, max(c.match(&criteria.Or[i][0]), c.match(&criteria.Or[i][1])))
	}
	if result == differs {
		return differs
	}
	for _, text := range criteria.Text {
		result = min(result, c.matchText(text, true))
	}
	for _, text := range criteria.Body {
		result = min(result, c.matchText(text, false))
	}
	return result
}

// matchNumbers: by sequence number and UID. A client that has no number for
// the message has none in the set either.
func (c *candidate) matchNumbers(criteria *imap.SearchCriteria) bool {
	for _, set := range criteria.UID {
		if !set.Contains(imap.UID(c.uid)) {
			return false
		}
	}
	for _, set := range criteria.SeqNum {
		if seq := c.seq(); seq == 0 || !set.Contains(seq) {
			return false
		}
	}
	return true
}

func (c *candidate) matchMetadata(criteria *imap.SearchCriteria) bool {
	for _, f := range criteria.Flag {
		if !hasFlag(c.flags, f) {
			return false
		}
	}
	for _, f := range criteria.NotFlag {
		if hasFlag(c.flags, f) {
			return false
		}
	}
	if criteria.Larger != 0 && c.size <= criteria.Larger || criteria.Smaller != 0 && c.size >= criteria.Smaller {
		return false
	}
	if criteria.Since.IsZero() && criteria.Before.IsZero() {
		return true
	}
	return matchDay(c.date(), criteria.Since, criteria.Before)
}

// matchDay compares days as they are written, without regard to time and zone
// (RFC 9051 section 6.4.4).
func matchDay(t, since, before time.Time) bool {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return (since.IsZero() || !day.Before(since)) && (before.IsZero() || day.Before(before))
}

// matchHeader: the field contains the value, "" means that it exists. The
// Message-ID is in memory, in full unless it fills its place or the header is
// longer than what was looked through for it.
func (c *candidate) matchHeader(h imap.SearchCriteriaHeaderField) verdict {
	if strings.EqualFold(h.Key, "Message-ID") && len(c.id) < maxIDBytes && (c.id != "" || c.head <= maxHeadKept) {
		return verdictOf(c.id != "" && containsFold(c.id, h.Value))
	}
	if c.body == nil {
		return perhaps
	}
	for _, f := range c.header() {
		if strings.EqualFold(f.key, h.Key) && containsFold(f.decodedValue(), h.Value) {
			return matches
		}
	}
	return differs
}

// containsFold: ASCII Message-IDs are searched by the hundred, so the usual
// case of equal lengths does not allocate.
func containsFold(s, sub string) bool {
	switch {
	case len(s) == len(sub):
		return strings.EqualFold(s, sub)
	case sub == "" || strings.Contains(s, sub):
		return true
	}
	return strings.Contains(strings.ToLower(s), strings.ToLower(sub))
}

func (c *candidate) matchSent(criteria *imap.SearchCriteria) verdict {
	if c.body == nil {
		return perhaps
	}
	head, err := readHead(c.body, c.head)
	if err != nil {
		return differs
	}
	date := imapserver.ExtractEnvelope(envelopeHeader(head)).Date
	return verdictOf(!date.IsZero() && matchDay(date, criteria.SentSince, criteria.SentBefore))
}

func (c *candidate) header() []field {
	if !c.readOnce {
		c.readOnce = true
		if head, err := readHead(c.body, c.head); err == nil {
			c.fields = splitFields(head)
		}
	}
	return c.fields
}

// matchText: TEXT (with the header) and BODY, in the decoded text parts.
func (c *candidate) matchText(text string, withHeader bool) verdict {
	if c.body == nil {
		return perhaps
	}
	if withHeader {
		for _, f := range c.header() {
			if containsFold(f.key+": "+f.decodedValue(), text) {
				return matches
			}
		}
	}
	return verdictOf(textContains(io.NewSectionReader(c.body, 0, c.size), strings.ToLower(text)))
}

// textContains looks through the text parts of a mail, decoded where their
// charset is known to go-message, else as they are.
func textContains(mail io.Reader, lower string) bool {
	entity, err := gomessage.Read(mail)
	if entity == nil {
		return false
	}
	if err != nil && !gomessage.IsUnknownCharset(err) && !gomessage.IsUnknownEncoding(err) {
		return false
	}
	found := false
	_ = entity.Walk(func(_ []int, part *gomessage.Entity, err error) error {
		if found || err != nil && !gomessage.IsUnknownCharset(err) {
			return nil
		}
		kind, _, _ := part.Header.ContentType()
		if !strings.HasPrefix(kind, "text/") {
			return nil
		}
		text, _ := io.ReadAll(part.Body)
		found = bytes.Contains(bytes.ToLower(text), []byte(lower))
		return nil
	})
	return found
}
