package mailbox

import (
	"bytes"
	"fmt"
	"slices"
)

// ownRun are mails that this connection has put into a folder, one UID after the other: what they are need not be asked.
type ownRun struct {
	folder          string // server name
	validity, first uint32
	ids             []string // Message-ID of the mail with UID first+i, with angle brackets
}

// longestRun bounds how many Message-IDs are remembered.
const longestRun = 1024

// next is the UID behind the run.
func (r *ownRun) next() uint32 { return r.first + uint32(len(r.ids)) }

// add notes what an APPENDUID (RFC 4315) tells. Without one, or where others' mails came between, the run begins anew.
func (r *ownRun) add(folder string, answer string, items []Item, which []int) {
	validity, first, ok := appendUID(answer, len(which))
	if !ok || folder != r.folder || validity != r.validity || first != r.next() {
		*r = ownRun{folder: folder, validity: validity, first: first}
	}
	for _, i := range which {
		id := headerMessageID(items[i].Raw)
		if id == "" || !ok {
			*r = ownRun{}
			return
		}
		r.ids = append(r.ids, id)
	}
	if over := len(r.ids) - longestRun; over > 0 {
		r.ids, r.first = slices.Delete(r.ids, 0, over), r.first+uint32(over)
	}
}

// search looks for the ids in the run, from a UID on, and returns the UID from which the server must be asked.
func (r *ownRun) search(folder string, validity, from uint32, ids []string, have map[string]bool) uint32 {
	if folder != r.folder || validity != r.validity || from < r.first || from >= r.next() {
		return from
	}
	for _, id := range ids {
		if slices.Contains(r.ids[from-r.first:], bracketed(id)) {
			have[id] = true
		}
	}
	return r.next()
}

// appendUID reads "[APPENDUID 38505 3955:3958] done": the UIDs of n mails, in order.
func appendUID(answer string, n int) (validity, first uint32, ok bool) {
	var last uint32
	if n == 1 {
		got, _ := fmt.Sscanf(answer, "[APPENDUID %d %d]", &validity, &first)
		return validity, first, got == 2
	}
	got, _ := fmt.Sscanf(answer, "[APPENDUID %d %d:%d]", &validity, &first, &last)
	return validity, first, got == 3 && last-first == uint32(n)-1
}

// headerMessageID is the Message-ID of a mail, "" if its header has none that stands on one line.
func headerMessageID(raw []byte) string {
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	_, rest, found := bytes.Cut(head, []byte("\r\nMessage-ID: <"))
	id, _, closed := bytes.Cut(rest, []byte(">"))
	if !found || !closed || bytes.ContainsAny(id, " \r\n") {
		return ""
	}
	return "<" + string(id) + ">"
}
