package intake

import (
	"bytes"
	"encoding/hex"
	"path"
	"slices"
	"strings"

	"uketsuke/internal/casework"
	"uketsuke/internal/entrysheet"
)

// passable lists the attachments of a person's mail as they may be passed on. Their bytes are kept with the decision; an
// entry mail's are not needed besides its sheets, and a machine's mail passes nothing on.
func (u *Understood) passable(s Settings) {
	switch u.Input.Kind {
	case casework.MailCommand, casework.MailReply, casework.MailOther, casework.MailCalendar:
	default:
		return
	}
	for _, f := range u.Files {
		if len(f.Data) == 0 || f.Inline {
			continue
		}
		hash := hex.EncodeToString(f.SHA256[:])
		in := casework.FileIn{Name: f.Name, Blob: hash, Size: int64(len(f.Data)), Runs: runs(f)}
		u.Input.Files = append(u.Input.Files, in)
		if in.Runs == "" {
			u.Blobs[hash] = f.Data
		}
		if f.Kind == FileWorkbook && u.Input.Call != nil {
			u.fill(f, s.Limits)
		}
	}
}

// fill reads the lines that a letter asked for out of a workbook that somebody filled in instead of the mail's body.
func (u *Understood) fill(f File, lim entrysheet.Limits) {
	form := casework.FeedbackForm
	switch u.Input.Call.Name {
	case casework.CmdFeedback:
	case casework.CmdHost:
		form = casework.HostForm
	default:
		return
	}
	pairs, err := entrysheet.ReadPairs(f.Data, form.Has, lim)
	if err != nil {
		return // it is passed on as it is
	}
	for _, p := range pairs {
		if key, ok := form.Key(p.Label); ok && p.Value != "" {
			if u.Input.Filled == nil {
				u.Input.Filled = map[string]string{}
			}
			u.Input.Filled[key] = p.Value
		}
	}
}

// runnable are endings of files that a mail program, a browser or Windows runs when they are opened.
var runnable = strings.Fields(`exe com bat cmd scr pif cpl msi msp mst js jse vbs vbe vb wsf wsh wsc ps1 ps1xml ps2 psc1 hta jar lnk reg inf
	scf url website chm hlp gadget application appref-ms iso img vhd vhdx docm dotm xlsm xltm xlam xlsb pptm potm ppam ppsm sldm slk iqy
	html htm xhtml mht mhtml svg xml swf dll sys drv`)

// runs tells why a file is never passed on, "" when it may be.
func runs(f File) string {
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(f.Name), "."))
	switch {
	case slices.Contains(runnable, ext), bytes.HasPrefix(f.Data, []byte("MZ")), bytes.HasPrefix(f.Data, []byte("\x7fELF")), bytes.HasPrefix(f.Data, []byte("#!")):
		return "開くと実行されるおそれのある形式のため"
	case bytes.Contains(f.Data, []byte("vbaProject.bin")):
		return "マクロを含むため"
	case ext == "eml" || ext == "msg":
		return "メールの写しの形式のため"
	}
	return ""
}
