package mailserver

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// errReadOnly answers what EXAMINE does not allow; imapserver leaves that to us.
func errReadOnly() error { return no("READ-ONLY", "Mailbox is selected read-only") }

// Expunge serves EXPUNGE, UID EXPUNGE and CLOSE. The EXPUNGE responses come
// from the tracker, which imapserver polls before it answers OK: writing them
// here as well would send wrong numbers.
func (sess *session) Expunge(_ *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	if uids != nil && !sess.server.opt.Caps.Has(imap.CapUIDPlus) {
		return unknownCommand()
	}
	if err := sess.step(StepIMAPExpungeBefore); err != nil {
		return err
	}
	v := sess.selected()
	if v.readOnly {
		if uids == nil {
			return nil // CLOSE after EXAMINE removes nothing and is no error
		}
		return errReadOnly()
	}
	var only imap.UIDSet
	if uids != nil {
		only = imap.UIDSet{} // not nil: an empty set means none
		for _, p := range v.pick(*uids, true) {
			only = appendUID(only, p.uid)
		}
	}
	if err := v.box.expunge(only); err != nil {
		return err
	}
	return sess.step(StepIMAPExpungeAfter)
}

// Copy serves COPY.
func (sess *session) Copy(set imap.NumSet, name string) (*imap.CopyData, error) {
	if err := sess.step(StepIMAPCopyBefore); err != nil {
		return nil, err
	}
	dest, err := sess.destination(name)
	if err != nil {
		return nil, err
	}
	v := sess.selected()
	data, err := v.box.copyTo(v.pick(set, true), dest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, no("EXPUNGEISSUED", "A message was expunged meanwhile")
	}
	if err != nil {
		return nil, answer(err)
	}
	return sess.copyUID(data), sess.step(StepIMAPCopyAfter)
}

// copyUID is what may be told of a copy: without UIDPLUS, nothing.
func (sess *session) copyUID(data *imap.CopyData) *imap.CopyData {
	if !sess.server.opt.Caps.Has(imap.CapUIDPlus) {
		return nil
	}
	return data
}

// Move serves MOVE: COPYUID first, then the EXPUNGEs (from the tracker), then
// OK (RFC 6851 section 4.3).
func (sess *session) Move(w *imapserver.MoveWriter, set imap.NumSet, name string) error {
	if !sess.server.opt.Caps.Has(imap.CapMove) {
		return unknownCommand()
	}
	if err := sess.step(StepIMAPMoveBefore); err != nil {
		return err
	}
	dest, err := sess.destination(name)
	if err != nil {
		return err
	}
	v := sess.selected()
	switch {
	case v.readOnly:
		return errReadOnly()
	case dest == v.box:
		return no(imap.ResponseCodeCannot, "The messages are in that mailbox already")
	}
	data, err := v.box.moveTo(v, set, dest)
	if err != nil {
		return answer(err)
	}
	if err := sess.step(StepIMAPMoveAfter); err != nil {
		return err
	}
	if data = sess.copyUID(data); data == nil {
		return nil
	}
	return w.WriteCopyData(data)
}

// Store serves STORE.
func (sess *session) Store(w *imapserver.FetchWriter, set imap.NumSet, flags *imap.StoreFlags, _ *imap.StoreOptions) error {
	if err := sess.step(StepIMAPStoreBefore); err != nil {
		return err
	}
	v := sess.selected()
	if v.readOnly {
		return errReadOnly()
	}
	list, err := v.box.changeFlags(v, set, flags.Op, flags.Flags)
	if err != nil {
		return err
	}
	if err := sess.step(StepIMAPStoreAfter); err != nil {
		return err
	}
	if flags.Silent {
		return nil
	}
	for _, p := range list {
		response := w.CreateMessage(p.seq)
		response.WriteUID(imap.UID(p.uid))
		response.WriteFlags(p.flags)
		if err := response.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Fetch serves FETCH. The messages are listed under the mailbox's lock and
// written without it: what the client knows by a number cannot change while
// its command runs.
func (sess *session) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	if err := sess.step(StepIMAPFetch); err != nil {
		return err
	}
	v := sess.selected()
	list := v.pick(set, false)
	newlySeen, err := v.markSeen(list, options)
	if err != nil {
		return err
	}
	for _, p := range list {
		wanted := *options
		if flags, ok := newlySeen[p.uid]; ok {
			p.flags, wanted.Flags = flags, true
		}
		if err := v.fetch(w, p, &wanted); err != nil {
			_ = sess.drop() // half a response was written
			return err
		}
	}
	return nil
}

// markSeen sets \Seen where a body is fetched without PEEK, and returns the
// flags of those that did not have it.
func (v *view) markSeen(list []picked, options *imap.FetchOptions) (map[uint32][]imap.Flag, error) {
	reads := false
	for _, s := range options.BodySection {
		reads = reads || !s.Peek
	}
	for _, s := range options.BinarySection {
		reads = reads || !s.Peek
	}
	if !reads || v.readOnly {
		return nil, nil
	}
	var unseen imap.UIDSet
	for _, p := range list {
		if !hasFlag(p.flags, imap.FlagSeen) {
			unseen = appendUID(unseen, p.uid)
		}
	}
	changed, err := v.box.changeFlags(v, unseen, imap.StoreFlagsAdd, []imap.Flag{imap.FlagSeen})
	if err != nil {
		return nil, err
	}
	flags := make(map[uint32][]imap.Flag, len(changed))
	for _, p := range changed {
		flags[p.uid] = p.flags
	}
	return flags, nil
}

// fetch writes one message's response. A message that was expunged meanwhile
// has none; the client will be told.
func (v *view) fetch(w *imapserver.FetchWriter, p picked, options *imap.FetchOptions) error {
	var body *os.File
	if options.Envelope || options.BodyStructure != nil || len(options.BodySection) > 0 ||
		len(options.BinarySection) > 0 || len(options.BinarySectionSize) > 0 {
		f, err := v.box.open(p.message)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("mailserver: fetch: %w", err)
		}
		defer f.Close()
		body = f
	}
	response := w.CreateMessage(p.seq)
	err := writeItems(response, p, options, body)
	if closeErr := response.Close(); err == nil {
		err = closeErr
	}
	return err
}

// writeItems writes what was asked for; body is open if any of it needs it.
func writeItems(w *imapserver.FetchResponseWriter, p picked, options *imap.FetchOptions, body *os.File) error {
	if options.UID {
		w.WriteUID(imap.UID(p.uid))
	}
	if options.Flags {
		w.WriteFlags(p.flags)
	}
	if options.InternalDate {
		w.WriteInternalDate(p.date())
	}
	if options.RFC822Size {
		w.WriteRFC822Size(p.size)
	}
	if options.Envelope {
		head, err := readHead(body, p.head)
		if err != nil {
			return err
		}
		w.WriteEnvelope(imapserver.ExtractEnvelope(envelopeHeader(head)))
	}
	if options.BodyStructure != nil {
		w.WriteBodyStructure(writable(imapserver.ExtractBodyStructure(whole(body, p.size))))
	}
	for _, section := range options.BodySection {
		if err := writeSection(w, p, section, body); err != nil {
			return err
		}
	}
	for _, section := range options.BinarySection {
		data := imapserver.ExtractBinarySection(whole(body, p.size), &imap.FetchItemBinarySection{Part: section.Part})
		part := partOf(strings.NewReader(string(data)), int64(len(data)), section.Partial)
		if err := copySection(w.WriteBinarySection(section, part.Size()), part); err != nil {
			return err
		}
	}
	for _, section := range options.BinarySectionSize {
		w.WriteBinarySectionSize(section, imapserver.ExtractBinarySectionSize(whole(body, p.size), section))
	}
	return nil
}

func whole(body *os.File, size int64) *io.SectionReader { return io.NewSectionReader(body, 0, size) }

// readHead reads the header, of endless ones the first maxHeadBytes.
func readHead(body io.ReaderAt, size int64) ([]byte, error) {
	return io.ReadAll(io.NewSectionReader(body, 0, min(size, maxHeadBytes)))
}

// writeSection writes BODY[…]. What concerns the whole message is copied from
// the file byte for byte, however broken the mail; single parts are cut out by
// imapserver's parser, in memory.
func writeSection(w *imapserver.FetchResponseWriter, p picked, section *imap.FetchItemBodySection, body *os.File) error {
	source, size := io.ReaderAt(body), p.size
	switch {
	case len(section.Part) > 0:
		unlimited := *section
		unlimited.Partial = nil
		part := imapserver.ExtractBodySection(whole(body, p.size), &unlimited)
		source, size = strings.NewReader(string(part)), int64(len(part))
	case section.Specifier == imap.PartSpecifierText:
		source, size = io.NewSectionReader(body, p.head, p.size-p.head), p.size-p.head
	case len(section.HeaderFields) > 0 || len(section.HeaderFieldsNot) > 0:
		head, err := readHead(body, p.head)
		if err != nil {
			return err
		}
		except := len(section.HeaderFields) == 0
		names := section.HeaderFields
		if except {
			names = section.HeaderFieldsNot
		}
		fields := filterFields(head, names, except)
		source, size = strings.NewReader(string(fields)), int64(len(fields))
	case section.Specifier != imap.PartSpecifierNone:
		size = p.head
	}
	part := partOf(source, size, section.Partial)
	return copySection(w.WriteBodySection(section, part.Size()), part)
}

// partOf is the <offset.size> part of a section of that size.
func partOf(r io.ReaderAt, size int64, partial *imap.SectionPartial) *io.SectionReader {
	if partial == nil {
		return io.NewSectionReader(r, 0, size)
	}
	offset := min(max(partial.Offset, 0), size)
	return io.NewSectionReader(r, offset, min(max(partial.Size, 0), size-offset))
}

// copySection fills a literal. A file that is shorter than it was cannot be
// told in the protocol; the error ends the connection.
func copySection(w io.WriteCloser, r *io.SectionReader) error {
	buf := copyBuffers.Get().(*[copyBufferSize]byte)
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, buf[:])
	copyBuffers.Put(buf)
	if closeErr := w.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("mailserver: fetch: %w", withoutPath(err))
	}
	return nil
}

// writable mends what imapserver's writer panics on or writes wrongly: a
// multipart without parts, and types that could not be read.
func writable(bs imap.BodyStructure) imap.BodyStructure {
	switch bs := bs.(type) {
	case *imap.BodyStructureMultiPart:
		if len(bs.Children) == 0 {
			bs.Children = []imap.BodyStructure{&imap.BodyStructureSinglePart{
				Type: "text", Subtype: "plain",
				Text: &imap.BodyStructureText{}, Extended: &imap.BodyStructureSinglePartExt{},
			}}
		}
		if bs.Subtype == "" {
			bs.Subtype = "mixed"
		}
		for i, child := range bs.Children {
			bs.Children[i] = writable(child)
		}
	case *imap.BodyStructureSinglePart:
		if bs.Type == "" || bs.Subtype == "" {
			bs.Type, bs.Subtype, bs.Text = "application", "octet-stream", nil
		}
		if bs.MessageRFC822 != nil {
			bs.MessageRFC822.BodyStructure = writable(bs.MessageRFC822.BodyStructure)
		}
	}
	return bs
}
