package scenario

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"uketsuke/internal/casework"
	"uketsuke/internal/demo"
	"uketsuke/internal/demo/form"
	"uketsuke/internal/demo/post"
	"uketsuke/internal/ooxmlcrypt"
)

// lockedWith is a workbook with a password, in the form that costs least to try.
func lockedWith(t testing.TB, password string, change func(*form.Entry)) []byte {
	t.Helper()
	b, err := excelize.Encrypt(book(t, change), &excelize.Options{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// zipCrypto is PKWARE's traditional cipher (APPNOTE.TXT 6.1).
type zipCrypto [3]uint32

func (k *zipCrypto) update(c byte) {
	k[0] = crc32.IEEETable[byte(k[0])^c] ^ k[0]>>8
	k[1] = (k[1]+k[0]&0xff)*134775813 + 1
	k[2] = crc32.IEEETable[byte(k[2])^byte(k[1]>>24)] ^ k[2]>>8
}

// zippedWith is an archive of one file with a password.
func zippedWith(t testing.TB, password, name string, data []byte) []byte {
	t.Helper()
	k := &zipCrypto{0x12345678, 0x23456789, 0x34567890}
	for i := range len(password) {
		k.update(password[i])
	}
	sum := crc32.ChecksumIEEE(data)
	plain := append([]byte("elevenbytes"), byte(sum>>24))
	var sealed []byte
	for _, c := range append(plain, data...) {
		temp := k[2] | 2
		sealed = append(sealed, c^byte(temp*(temp^1)>>8))
		k.update(c)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(&zip.FileHeader{Name: name, Flags: 1, CRC32: sum, CompressedSize64: uint64(len(sealed)), UncompressedSize64: uint64(len(data))})
	if err == nil {
		_, err = f.Write(sealed)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bringing is a mail with one file.
func bringing(from, name string, data []byte) post.Mail {
	return withFile(plain(from, "エントリーシートの送付（パスワードは別送）", "お送りいたします。"), name, data)
}

// telling is a mail that only brings a password.
func telling(from, password string) post.Mail {
	return plain(from, "パスワードのご連絡", "先ほどお送りしたファイルのパスワードは下記の通りです。\n\nパスワード："+password+"\n\nよろしくお願いいたします。")
}

func TestALockedFileOpensWithThePasswordOfAnotherMail(t *testing.T) {
	t.Parallel()
	for kind, file := range map[string]post.File{
		"workbook": {Name: "エントリーシート.xlsx", Bytes: lockedWith(t, "Nada-2026", nil)},
		"archive":  {Name: "es.zip", Bytes: zippedWith(t, "Nada-2026", "ES.xlsx", book(t, nil))},
		"both":     {Name: "es.zip", Bytes: zippedWith(t, "Nada-2026", "ES.xlsx", lockedWith(t, "Nada-2026", nil))},
	} {
		for order, story := range map[string]func(w *World, file, password post.Mail){
			"file first": func(w *World, f, p post.Mail) {
				w.Incoming(f)
				w.Settle()
				w.ExpectNoLetter()
				w.Incoming(p)
				w.Settle()
			},
			"password first":  func(w *World, f, p post.Mail) { w.Incoming(p); w.Settle(); w.Incoming(f); w.Settle() },
			"in one batch":    func(w *World, f, p post.Mail) { w.Incoming(f); w.Incoming(p); w.Settle() },
			"the other batch": func(w *World, f, p post.Mail) { w.Incoming(p); w.Incoming(f); w.Settle() },
			"days later": func(w *World, f, p post.Mail) {
				w.Incoming(f)
				w.Settle()
				w.Advance(6 * 24 * time.Hour)
				w.Incoming(p)
				w.Settle()
			},
			"days before": func(w *World, f, p post.Mail) {
				w.Incoming(p)
				w.Settle()
				w.Advance(6 * 24 * time.Hour)
				w.Incoming(f)
				w.Settle()
			},
		} {
			t.Run(kind+", "+order, func(t *testing.T) {
				t.Parallel()
				w := New(t, Options{})
				story(w, bringing(tanaka, file.Name, file.Bytes), telling(tanaka, "Nada-2026"))
				w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
				brief := w.ExpectLetter(mori, "担当案件のお知らせ")
				w.expectText(brief, "保護を外したもの")
				if b, _ := brief.has(strings.Replace(file.Name, "es.zip", "ES.xlsx", 1)); !bytes.Equal(b, book(t, nil)) {
					t.Error("the concierge cannot open the sheet")
				}
				w.ExpectNoLetter()
				w.expectFolders(map[string]int{"INBOX": 0, "受付済": 2, "確認待ち": 0})
				if c := w.cases(); len(c) != 1 || c[0].Stage != casework.StageRegistered {
					t.Errorf("cases: %+v", c)
				}
				if n := len(w.waiting()); n != 0 {
					t.Errorf("%d mails still wait", n)
				}
			})
		}
	}
}

func (w *World) waiting() []casework.LockedMail {
	w.t.Helper()
	r := w.reader()
	defer r.Close()
	all, err := r.LockedWaiting(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func TestALockedFileWaitsAndIsSeen(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	w.Incoming(bringing(tanaka, "ES.xlsx", lockedWith(t, "Nada-2026", nil)))
	w.Incoming(telling(tanaka, "a-wrong-1"))
	w.Incoming(telling("entry@agency3.example", "Nada-2026")) // somebody else's word
	w.Incoming(telling(stranger, "Nada-2026"))
	forged := telling(tanaka, "Nada-2026")
	forged.Head = []string{"Authentication-Results: mx.uketsuke.example; dmarc=fail header.from=minato-bank.example", "Received: from x by mx.uketsuke.example; Mon, 16 Nov 2026 10:00:00 +0900"}
	w.Incoming(forged)
	w.Settle()
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 5, "受付済": 0, "確認待ち": 0})
	if all := w.waiting(); len(all) != 1 || all[0].Sender != tanaka || all[0].Agency != "MINATO" || all[0].Files[0] != "ES.xlsx" {
		t.Errorf("waiting: %+v", all)
	}
	w.Incoming(plain(clerk, "一覧", ""))
	w.Settle()
	w.expectText(w.ExpectLetter(clerk, "進行中の案件"), "パスワードをお待ちしているファイルのあるメールが1件")
	w.Incoming(telling(tanaka, "Nada-2026"))
	w.Settle()
	w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
	w.ExpectLetter(mori, "担当案件のお知らせ")
	w.ExpectNoLetter()
}

func TestSeveralLockedFilesOpenEachWithItsPassword(t *testing.T) {
	t.Parallel()
	himeji, akashi := company("株式会社姫路精機", 140001000201), company("明石水産株式会社", 140001000202)
	t.Run("in two mails", func(t *testing.T) {
		t.Parallel()
		w := New(t, Options{})
		w.Incoming(bringing(tanaka, "A.xlsx", lockedWith(t, "first-11", himeji)))
		w.Incoming(bringing(tanaka, "B.xlsx", lockedWith(t, "second-22", akashi)))
		w.Settle()
		w.Incoming(telling(tanaka, "second-22"))
		w.Settle()
		w.expectText(w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ"), "明石水産株式会社")
		w.ExpectLetter(mori, "担当案件のお知らせ")
		w.expectFolders(map[string]int{"INBOX": 1, "受付済": 2})
		w.Incoming(telling(tanaka, "first-11"))
		w.Settle()
		w.expectText(w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ"), "株式会社姫路精機")
		w.ExpectLetter(takahashi, "担当案件のお知らせ")
		w.ExpectNoLetter()
		w.expectFolders(map[string]int{"INBOX": 0, "受付済": 4})
	})
	t.Run("in one mail, beside an open one", func(t *testing.T) {
		t.Parallel()
		w := New(t, Options{})
		m := withFile(sheetMail(t, tanaka, nil), "A.xlsx", lockedWith(t, "first-11", himeji))
		w.Incoming(withFile(m, "B.zip", zippedWith(t, "second-22", "B.xlsx", book(t, akashi))))
		w.Settle()
		w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
		w.ExpectLetter(mori, "担当案件のお知らせ")
		w.ExpectNoLetter()
		for i, password := range []string{"second-22", "first-11"} {
			w.expectFolders(map[string]int{"INBOX": 1, "受付済": i})
			w.Incoming(telling(tanaka, password))
			w.Settle()
			w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
			w.ExpectLetter([]string{takahashi, mori}[i], "担当案件のお知らせ")
			w.ExpectNoLetter()
		}
		w.expectFolders(map[string]int{"INBOX": 0, "受付済": 3})
		if c := w.cases(); len(c) != 3 {
			t.Errorf("%d cases", len(c))
		}
	})
}

func TestWhatCameProtectedGoesBackProtected(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	noTPP := func(e *form.Entry) { e.Confirm[2] = false }
	w.Incoming(bringing(tanaka, "ES.xlsx", lockedWith(t, "Nada-2026", noTPP)))
	w.Incoming(telling(tanaka, "Nada-2026"))
	w.Settle()
	w.Incoming(bringing(tanaka, "ES.xlsx", lockedWith(t, "Nada-2026", noTPP))) // the same again: from what is kept
	w.Settle()
	for range 2 {
		back := w.ExpectLetter(tanaka, "ご確認のお願い")
		w.expectText(back, "同じパスワードで保護")
		marked, _ := back.has("ES_ご確認箇所.xlsx")
		if _, err := ooxmlcrypt.Decrypt(marked, "wrong"); err == nil {
			t.Error("the marked copy opens with any password")
		}
		open, err := ooxmlcrypt.Decrypt(marked, "Nada-2026")
		if err != nil {
			t.Fatalf("the marked copy does not open with its password: %v", err)
		}
		if f, err := excelize.OpenReader(bytes.NewReader(open)); err != nil || len(f.GetSheetList()) == 0 {
			t.Errorf("the marked copy is no workbook: %v", err)
		}
	}
	w.ExpectNoLetter()
	w.expectSealed("Nada-2026")
	// the corrected one, locked, as a reply to a case
	fixed := bringing(tanaka, "ES.xlsx", lockedWith(t, "Nada-2026", nil))
	fixed.Subject = "Re: " + w.newest(tanaka, "ご確認のお願い").Subject
	w.Incoming(fixed)
	w.Settle()
	w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
	w.ExpectLetter(mori, "担当案件のお知らせ")
	w.ExpectNoLetter()
	if c := w.cases(); len(c) != 1 || c[0].Stage != casework.StageRegistered {
		t.Errorf("cases: %+v", c)
	}
}

// expectSealed looks for a password everywhere in the database but in the mails that brought it.
func (w *World) expectSealed(password string) {
	w.t.Helper()
	r := w.reader()
	defer r.Close()
	for _, c := range w.cases() {
		for _, e := range w.timeline(c.Receipt) {
			if strings.Contains(string(e.Data), password) {
				w.t.Errorf("event %s holds a password", e.Kind)
			}
		}
	}
	for name, data := range w.dataFiles() {
		if n := bytes.Count(data, []byte(password)); n > 0 && strings.Contains(name, "blobs") {
			w.t.Errorf("%s holds a password", name)
		}
	}
}

func TestAPasswordThatIsToldAgainIsFiledInSilence(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	for i, change := range []func(*form.Entry){nil, company("株式会社姫路精機", 140001000201)} {
		w.Incoming(bringing(tanaka, "ES.xlsx", lockedWith(t, "always-1", change)))
		w.Settle()
		w.Incoming(telling(tanaka, "always-1")) // the second file has opened by the first one's word
		w.Settle()
		w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
		w.ExpectLetter([]string{mori, takahashi}[i], "担当案件のお知らせ")
		w.ExpectNoLetter()
		w.expectFolders(map[string]int{"INBOX": 0, "受付済": 2 * (i + 1)})
	}
	w.Incoming(telling(tanaka, "another-2"))
	w.Settle()
	w.expectFolders(map[string]int{"INBOX": 1})
	program := telling(tanaka, "by-a-program")
	program.Head = append(demo.Evidence(tanaka), "Auto-Submitted: auto-generated")
	w.Incoming(program)
	w.Incoming(bringing(tanaka, "ES.xlsx", lockedWith(t, "by-a-program", company("明石水産株式会社", 140001000202))))
	w.Settle()
	w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
	w.ExpectLetter(mori, "担当案件のお知らせ")
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 1, "自動応答": 1})
}

func TestAPasswordMailThatSaysMoreIsForAPerson(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	w.Incoming(bringing(tanaka, "ES.xlsx", lockedWith(t, "Nada-2026", nil)))
	m := telling(tanaka, "Nada-2026")
	m.Text += "\nなお、登録はいつ頃になりますでしょうか。"
	w.Incoming(m)
	w.Settle()
	w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
	w.ExpectLetter(mori, "担当案件のお知らせ")
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 1, "受付済": 1})
}

func TestAPasswordInReplyToACaseIsNotPassedOn(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	toAgency, _ := registered(t, w)
	more := bringing(tanaka, "資料.zip", zippedWith(t, "Nada-2026", "資料.txt", []byte("資料です。")))
	more.Subject = "Re: " + toAgency.Subject
	password := telling(tanaka, "Nada-2026")
	password.Subject = "Re: " + toAgency.Subject
	w.Incoming(password)
	w.Incoming(more)
	w.Settle()
	passed := w.ExpectLetter(mori, "")
	w.expectFile(passed, "資料.zip")
	w.expectWithout(passed, "Nada-2026")
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 0, "受付済": 3})
	w.expectSealed("Nada-2026")
}

// agreeing is a roster whose MINATO has agreed a password.
type agreeing struct{ casework.Roster }

func (a agreeing) Agency(code string, at time.Time) (casework.Agency, bool) {
	row, ok := a.Roster.Agency(code, at)
	if code == "MINATO" {
		row.PasswordBy = casework.PasswordAgreed
	}
	return row, ok
}

func TestTheAgreedPasswordIsTriedOnThatAgencysMailOnly(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	plain := w.office.Robot.Roster
	w.office.Robot.Roster = func(s casework.Standing) casework.Roster { return agreeing{plain(s)} }
	w.office.Robot.Agreed = func(string) (string, error) { return "always-the-same", nil }
	file := lockedWith(t, "always-the-same", nil)
	w.Incoming(bringing(hyogo, "ES.xlsx", file))
	w.Settle()
	w.ExpectNoLetter()
	w.Incoming(bringing(tanaka, "ES.xlsx", file))
	w.Settle()
	w.ExpectLetter(tanaka, "コンソーシアム登録のお知らせ")
	w.ExpectLetter(mori, "担当案件のお知らせ")
	w.ExpectNoLetter()
}

func TestALockedFileWhosePasswordNeverComesIsToldInTheEnd(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	w.Incoming(bringing(tanaka, "ES.xlsx", lockedWith(t, "Nada-2026", nil)))
	w.Settle()
	w.Advance(7*24*time.Hour + time.Minute)
	w.Settle()
	w.expectText(w.ExpectLetter(clerk, "ご確認いただきたいメールのお知らせ"), "ES.xlsx", "パスワード", tanaka)
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 0, "確認待ち": 1})
	if n := len(w.waiting()); n != 0 {
		t.Errorf("%d mails still wait", n)
	}
}

func TestALockedFileThatIsNotProvedIsToldAtOnce(t *testing.T) {
	t.Parallel()
	w := New(t, Options{})
	m := bringing(tanaka, "ES.xlsx", lockedWith(t, "Nada-2026", nil))
	m.Head = []string{"Received: from x by mx.uketsuke.example; Mon, 16 Nov 2026 10:00:00 +0900"}
	w.Incoming(m)
	w.Incoming(telling(tanaka, "Nada-2026"))
	w.Settle()
	w.ExpectLetter(clerk, "ご確認いただきたいメールのお知らせ")
	w.ExpectNoLetter()
	w.expectFolders(map[string]int{"INBOX": 1, "確認待ち": 1})
}

// lockedStory is one of locked files in both orders: three of them open, one by one of two words.
func lockedStory(t testing.TB, w *World) {
	w.Incoming(telling(tanaka, "a-wrong-1"))
	w.Incoming(bringing(tanaka, "A.xlsx", lockedWith(t, "first-11", nil)))
	w.Settle()
	w.Incoming(telling(tanaka, "first-11"))
	w.Settle()
	w.Incoming(telling(hyogo, "second-22"))
	m := withFile(sheetMail(t, hyogo, company("株式会社但馬家具", 140001000206)), "B.zip",
		zippedWith(t, "second-22", "B.xlsx", book(t, func(e *form.Entry) { company("明石水産株式会社", 140001000202)(e); e.Confirm[2] = false })))
	w.Incoming(m)
	w.Settle()
}

// TestACrashWhileLockedFilesWaitEndsTheSame crashes the story at each kind of step of the database and of the filing.
func TestACrashWhileLockedFilesWaitEndsTheSame(t *testing.T) {
	calm := New(t, Options{})
	lockedStory(t, calm)
	want := calm.State()
	for rule, text := range map[string]string{
		"the first file is registered":        "case E26-00001 2026-KOB-00001-4 M-00001-3 registered MINATO",
		"the file beside an open one, too":    "case E26-00003   returned HYOGO-CCI",
		"the wrong password stays for people": "folder INBOX <mail-001@minato-bank.example>",
		"the right one is filed":              "folder 受付済 <mail-003@minato-bank.example>",
	} {
		if !strings.Contains(want, text) {
			t.Errorf("%s: the end state lacks %q:\n%s", rule, text, want)
		}
	}
	_, counts := calm.Steps()
	for _, step := range []string{"db.begin", "db.commit.before", "db.commit.after", "imap.move.before", "imap.move.after", "smtp.data.stored"} {
		if counts[step] == 0 {
			t.Errorf("the story has no step %s: %v", step, counts)
		}
		at := []int{(counts[step] + 1) / 2}
		if step == "db.commit.before" || step == "db.commit.after" {
			at = []int{counts[step] / 3, counts[step] / 2, counts[step] * 2 / 3, counts[step]}
		}
		for _, n := range at {
			t.Run(fmt.Sprintf("%s/%d-of-%d", step, n, counts[step]), func(t *testing.T) {
				t.Parallel()
				w := New(t, Options{Crash: Point{step, n}})
				lockedStory(t, w)
				if w.boots < 2 {
					t.Error("the crash was not reached")
				}
				if diff := cmp.Diff(want, w.State()); diff != "" {
					t.Errorf("the end differs (-calm +crashed):\n%s", diff)
				}
			})
		}
	}
}
