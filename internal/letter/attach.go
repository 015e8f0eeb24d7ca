package letter

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"uketsuke/internal/casework"
	"uketsuke/internal/letter/calendar"
	"uketsuke/internal/letter/certificate"
)

// file is an attachment with its bytes.
type file struct {
	kind casework.AttachmentKind
	name string
	data []byte
}

// files makes what is made here (certificate, invitation, list), and gets the bytes of all other attachments from open.
func (r *Renderer) files(l casework.Letter, open func(casework.Attachment) ([]byte, error)) ([]file, error) {
	out := make([]file, 0, len(l.Attach))
	for _, a := range l.Attach {
		get := open
		switch a.Kind {
		case casework.AttachCertificate:
			get = r.certificate
		case casework.AttachInvite:
			get = func(casework.Attachment) ([]byte, error) { return r.calendar(l) }
		case casework.AttachChart:
			get = func(casework.Attachment) ([]byte, error) { return flowChart(l) }
		case casework.AttachList:
			get = func(casework.Attachment) ([]byte, error) { return listBook(l) }
		}
		data, err := get(a)
		if err != nil {
			return nil, fmt.Errorf("attach %s to letter %s: %w", a.Kind, l.Kind(), err)
		}
		out = append(out, file{a.Kind, fileName(a.Name), data})
	}
	return out, nil
}

// longestName bounds a file's name in characters: with Japanese ones below the 255 bytes of common file systems.
const longestName = 80

// fileName makes a name safe to write: one line, no folders, nothing that hides or loses its ending. Windows drops
// blanks and dots at an end.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, oneLine(name))
	name = orElse(strings.Trim(name, ". 　"), "attachment")
	if ending := path.Ext(name); utf8.RuneCountInString(name) > longestName && utf8.RuneCountInString(ending) < longestName/2 {
		stem := []rune(strings.TrimSuffix(name, ending))
		name = string(stem[:longestName-utf8.RuneCountInString(ending)]) + ending
	}
	return name
}

// mediaTypeOf names the type of an attachment by its name's ending. What a program may show by itself or that may not
// be base64 (text, HTML, message/rfc822) goes as octet-stream: it is saved and opened by its name.
func mediaTypeOf(name string) string {
	const office = "application/vnd.openxmlformats-officedocument."
	switch strings.ToLower(path.Ext(name)) {
	case ".pdf":
		return "application/pdf"
	case ".xlsx":
		return office + "spreadsheetml.sheet"
	case ".docx":
		return office + "wordprocessingml.document"
	case ".pptx":
		return office + "presentationml.presentation"
	case ".xlsm":
		return "application/vnd.ms-excel.sheet.macroEnabled.12"
	case ".xls":
		return "application/vnd.ms-excel"
	case ".doc":
		return "application/msword"
	case ".ppt":
		return "application/vnd.ms-powerpoint"
	case ".zip":
		return "application/zip"
	case ".ics":
		return "application/ics"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	}
	return "application/octet-stream"
}

func (r *Renderer) certificate(a casework.Attachment) ([]byte, error) {
	if a.Member == nil {
		return nil, errors.New("the certificate's content is missing")
	}
	m := a.Member
	pdf, _, err := certificate.Render(certificate.Certificate{
		MemberNumber: m.Member, RegistrationNumber: m.Registration,
		Company: m.Company, CompanyKana: m.Kana, Agency: m.Agency,
		Concierge: m.Concierge, ConciergePhone: m.ConciergePhone, ConciergeEmail: m.ConciergeMail,
		Office: m.Office, OfficePhone: m.OfficePhone, OfficeEmail: m.OfficeMail,
		Issued: m.Issued, Reissue: m.Reissue,
		VerifyMailto: mailto(r.office.Mailbox.Addr, string(casework.CmdVerify)+" "+m.Member, ""),
	})
	return pdf, err
}

// alternative is a further form of a letter's text.
type alternative struct {
	media string
	data  []byte
}

// invitation is the calendar file as the part that programs show as an invitation. A letter that the intake agency
// hands on to the company has it as a file only: the agency's own program is not the one that is asked.
func invitation(l casework.Letter, files []file) alternative {
	meeting, ok := l.Content.(casework.MeetingLetter)
	if !ok || meeting.Via {
		return alternative{}
	}
	for _, f := range files {
		if f.kind == casework.AttachInvite {
			return alternative{method(meeting).Media(), f.data}
		}
	}
	return alternative{}
}

func method(l casework.MeetingLetter) calendar.Method {
	if l.Meeting.Cancelled {
		return calendar.Cancel
	}
	return calendar.Request
}

// calendar makes the calendar file of a meeting: the letter's reader is the only one invited, so that nobody learns an
// address from it; who else comes is told by name. The summary names no company: it stands in shared calendars.
func (r *Renderer) calendar(l casework.Letter) ([]byte, error) {
	content, ok := l.Content.(casework.MeetingLetter)
	if !ok {
		return nil, errors.New("the letter is about no meeting")
	}
	organizer, err := ascii(r.office.Mailbox)
	if err != nil {
		return nil, fmt.Errorf("the office's mailbox: %w", err)
	}
	reader, err := ascii(content.Recipient)
	if err != nil {
		return nil, fmt.Errorf("the invited reader: %w", err)
	}
	m := content.Meeting
	return calendar.Write(method(content), calendar.Meeting{
		UID: m.UID, Sequence: m.Sequence, Stamp: l.Now, Start: m.Start, End: m.End,
		Organizer: organizer, Attendees: []calendar.Attendee{{Address: reader, Optional: content.Optional}},
		Summary: summary(content), Location: clean(m.Place), Description: r.description(content)})
}

func ascii(a casework.Address) (casework.Address, error) {
	addr, err := asciiAddress(a.Addr)
	return casework.Address{Name: oneLine(a.Name), Addr: addr}, err
}

func summary(l casework.MeetingLetter) string {
	if l.Support.ID == "" {
		return "初回面談（新輸出大国コンソーシアム）"
	}
	return "面談（新輸出大国コンソーシアム）"
}

// description says who takes part, and whom to call.
func (r *Renderer) description(l casework.MeetingLetter) string {
	var lines []string
	if len(l.With) > 0 {
		lines = append(lines, "ご参加の方：")
		for _, name := range l.With {
			lines = append(lines, "・"+oneLine(name))
		}
	}
	name, phone := r.office.Name+"　新輸出大国コンソーシアム事務局", r.office.Phone
	if k := l.Concierge; k != nil {
		name, phone = "担当コンシェルジュ "+k.Name, orElse(k.Phone, phone)
	}
	return strings.Join(append(lines, "お問い合わせ："+name+"　電話 "+phone), "\n")
}
