package inbound

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
)

// winmail makes a winmail.dat of attributes, alternately their ids and contents (levels do not matter to readers).
func winmail(attributes ...any) string {
	b := []byte{0x78, 0x9f, 0x3e, 0x22, 1, 0}
	for i := 0; i < len(attributes); i += 2 {
		id, content := attributes[i].(int), []byte(attributes[i+1].(string))
		b = binary.LittleEndian.AppendUint32(append(b, 2), uint32(id))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(content)))
		b = append(append(b, content...), 0, 0)
	}
	return string(b)
}

func winmailMail(t *testing.T, text string, data string) *Message {
	return parse(t, "From: a@bank.example\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+text+
		"\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"+base64.StdEncoding.EncodeToString([]byte(data))+"\r\n--b--\r\n")
}

const (
	winmailBody, winmailTitle, winmailData, winmailBegin, winmailCodePage = 0x0002800c, 0x00018010, 0x0006800f, 0x00069002, 0x00069007
	codePage932                                                           = "\xa4\x03\x00\x00\x00\x00\x00\x00"
)

func TestWinmailIsUnpacked(t *testing.T) {
	data := winmail(winmailCodePage, codePage932, winmailBody, sjis(t, "本文です。")+"\x00",
		winmailBegin, "", winmailTitle, sjis(t, "灘酒造.xlsx")+"\x00", winmailData, "one", winmailBegin, "", winmailTitle, "..\\b.pdf\x00", winmailData, "two")
	for text, want := range map[string]string{"": "本文です。", "送ります。": "送ります。"} {
		m := winmailMail(t, text, data)
		if len(m.Attachments) != 1 || len(m.Attachments[0].Inside) != 2 {
			t.Fatalf("%+v", m.Attachments)
		}
		for i, want := range []string{"winmail.dat/灘酒造.xlsx one", "winmail.dat/b.pdf two"} {
			if a := m.Attachments[0].Inside[i]; a.Path+" "+string(a.Data) != want || a.Path != "winmail.dat/"+a.Name || a.SHA256 == [32]byte{} {
				t.Errorf("%+v, want %s", a, want)
			}
		}
		if m.Text != want {
			t.Errorf("text %q, want %q", m.Text, want)
		}
	}
}

func TestWinmailCountsAsParts(t *testing.T) {
	attributes := []any{}
	for range 300 {
		attributes = append(attributes, winmailBegin, "", winmailData, "x")
	}
	_, err := Parse([]byte("Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n"+base64.StdEncoding.EncodeToString([]byte(winmail(attributes...)))), Options{})
	if err == nil {
		t.Error("300 files passed")
	}
}

func TestABrokenWinmailIsKept(t *testing.T) {
	m := winmailMail(t, "x", winmail(winmailBegin, "", winmailData, "one")+"\x02\x01\x02\x03\x04\xff\xff\xff\xff")
	if len(m.Attachments) != 1 || len(m.Attachments[0].Inside) != 1 || !strings.Contains(strings.Join(m.Problems, " "), "winmail") {
		t.Errorf("%+v, problems %q", m.Attachments, m.Problems)
	}
}

func TestASavedMailIsOpenedWhateverItsType(t *testing.T) {
	m := parse(t, "From: a@bank.example\r\nSubject: x\r\nContent-Type: application/octet-stream; name=\"old.eml\"\r\n\r\nFrom: b@bank.example\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nx")
	if len(m.Attachments) != 1 || m.Attachments[0].Path != "old.eml/a.pdf" {
		t.Errorf("%+v", m.Attachments)
	}
}
