package casework

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const hanako = "追加：山田 花子 <yamada@minato-bank.example>"

// ask changes contacts by a mail of somebody's.
func (w *world) contacts(from Address, line string, body ...string) Outcome {
	w.t.Helper()
	return w.say(from, "", line, strings.Join(body, "\n"))
}

func (w *world) word(from Address, out Outcome) Outcome {
	w.t.Helper()
	if out.Ask == nil {
		w.t.Fatalf("no confirmation was asked for: %s", out.Why)
	}
	return w.do(command(from, "", "確認 "+out.Ask.Word))
}

func TestAClerkChangesContactsAtOnce(t *testing.T) {
	w := newWorld(t)
	out := w.contacts(saeki, "連絡先変更 みなと銀行", "お世話になっております。", hanako, "・削除： "+tanaka.Addr, "佐伯")
	want(t, out, ResultDone, "", "answer>houjin answer>saeki")
	if !slices.Equal(out.Contacts, []ContactChange{{"MINATO", ContactAdd, "山田 花子", "yamada@minato-bank.example"}, {"MINATO", ContactRemove, "", tanaka.Addr}}) {
		t.Errorf("%+v", out.Contacts)
	}
	if s := w.roster.Sender(Address{Addr: "yamada@minato-bank.example"}, w.now); !s.Person {
		t.Errorf("%+v", s)
	}
}

func TestAClerkWithoutProofConfirmsFirst(t *testing.T) {
	w := newWorld(t)
	in := command(saeki, "", "連絡先変更 MINATO")
	in.Text, in.Evidence = hanako, Evidence{State: EvidenceUnconfigured}
	out := w.do(in)
	want(t, out, ResultConfirm, "", "confirm>saeki")
	if done := w.word(saeki, out); len(done.Contacts) != 1 {
		t.Errorf("%s %s", done.Result, done.Why)
	}
}

func TestTheWindowsOwnChangeIsConfirmedFromTheOldWindow(t *testing.T) {
	w := newWorld(t)
	out := w.contacts(minatoDesk, "連絡先変更", "窓口： 国際部 <kokusai@minato-bank.example>", "削除：tanaka@minato-bank.example")
	want(t, out, ResultConfirm, "", "confirm>houjin") // proved, and asked all the same
	l := letterOf[ConfirmLetter](t, out)
	if len(l.Lines) != 2 || !strings.Contains(l.Lines[0], "国際部 <kokusai@minato-bank.example>") || l.By != "" || len(out.Contacts) != 0 {
		t.Errorf("%+v", l)
	}
	want(t, w.do(command(Address{Addr: "kokusai@minato-bank.example"}, "", "確認 "+out.Ask.Word)), ResultOther, "", "") // the new one has no say yet
	done := w.word(minatoDesk, out)
	want(t, done, ResultDone, "", "answer>saeki answer>houjin")
	if a, _ := w.roster.Agency("MINATO", w.now); a.Window.Addr != "kokusai@minato-bank.example" || !w.roster.Sender(minatoDesk, w.now).Person {
		t.Errorf("window %+v", a.Window)
	}
}

func TestAConciergesChangeIsConfirmedByTheWindow(t *testing.T) {
	w := newWorld(t)
	out := w.contacts(suzuki, "連絡先変更 MINATO", hanako)
	want(t, out, ResultConfirm, "", "confirm>houjin answer>suzuki")
	if l := letterOf[ConfirmLetter](t, out); !strings.Contains(l.By, suzuki.Addr) || !SameAddr(out.Ask.To, minatoDesk) {
		t.Errorf("%+v", l)
	}
	want(t, w.contacts(suzuki, "連絡先変更 MINATO", hanako), ResultConfirm, "", "") // one is open at a time
	if out := w.word(suzuki, out); len(out.Contacts) != 0 {
		t.Error("the concierge confirms what the window was asked")
	}
	done := w.word(minatoDesk, out)
	want(t, done, ResultDone, "", "answer>houjin answer>saeki answer>suzuki")
	if len(done.Contacts) != 1 {
		t.Errorf("%+v", done.Contacts)
	}
}

func TestAConfirmationOfAWindowThatIsNoneAnyMoreChangesNothing(t *testing.T) {
	w := newWorld(t)
	out := w.contacts(suzuki, "連絡先変更 MINATO", hanako)
	w.contacts(saeki, "連絡先変更 MINATO", "窓口：国際部 <kokusai@minato-bank.example>")
	if done := w.word(minatoDesk, out); len(done.Contacts) != 0 {
		t.Errorf("%s %+v", done.Result, done.Contacts)
	}
}

func TestAConfirmationThatIsLateChangesNothing(t *testing.T) {
	w := newWorld(t)
	out := w.contacts(minatoDesk, "連絡先変更", hanako)
	w.advance(5 * 24 * time.Hour)
	if done := w.word(minatoDesk, out); done.Result != ResultRefused || len(done.Contacts) != 0 {
		t.Errorf("%s %+v", done.Result, done.Contacts)
	}
}

func TestAChangeOfContactsThatCannotBeIsRefusedWhole(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		from       Address
		line, body string
		says       string
	}{
		{saeki, "連絡先変更", hanako, "機関コードをお書きください"},
		{saeki, "連絡先変更 DAREKA", hanako, "名簿に見つかりませんでした"},
		{saeki, "連絡先変更 MINATO", "よろしくお願いします。", "本文に見当たりませんでした"},
		{saeki, "連絡先変更 MINATO", "追加：<yamada@minato-bank.example>", "お名前をお書きください"},
		{saeki, "連絡先変更 MINATO", hanako + "\n追加：山田", "メールアドレスを読み取ることができませんでした"},
		{saeki, "連絡先変更 MINATO", "追加：山田 花子 ＜yamada＠minato-bank.example＞", "メールアドレスを読み取ることができませんでした"},
		{saeki, "連絡先変更 MINATO", "追加：田中 <tanaka@minato-bank.example>", "すでに登録されております"},
		{saeki, "連絡先変更 MINATO", "追加：鈴木 <" + suzuki.Addr + ">", "登録することができません"},
		{saeki, "連絡先変更 MINATO", "窓口：山口 <" + yamaguchi.Addr + ">", "登録することができません"},
		{saeki, "連絡先変更 MINATO", "削除：" + minatoDesk.Addr, "先に「窓口："},
		{saeki, "連絡先変更 MINATO", "削除：" + colleague.Addr, "ご担当者として登録されておりません"},
		{saeki, "連絡先変更 MINATO", strings.Repeat(hanako+"\n削除：yamada@minato-bank.example\n", 11), "20件まで"},
		{suzuki, "連絡先変更 KAKOGAWA", "追加：加古 <kako2@kakogawa-sci.example>", "「連絡先変更 KAKOGAWA」をお送りください"},
		{tanaka, "連絡先変更", hanako, "機関の窓口"},
		{minatoDesk, "連絡先変更 HYOGO-CCI", hanako, "ご自身の機関"},
		{minatoDesk, "連絡先変更", "窓口：国際部 <kokusai@minato-bank.example>\n削除：" + minatoDesk.Addr, "ご本人の削除"},
	} {
		out := w.contacts(tc.from, tc.line, tc.body)
		refused(t, out, tc.says)
		if out.Ask != nil || len(out.Contacts) != 0 {
			t.Errorf("%s: something was done", tc.says)
		}
	}
}

func FuzzContactLines(f *testing.F) {
	for _, s := range []string{hanako, "削除：a@b.example\r\n窓口　：　x", "・窓口:山田(yamada@x.example)", "追加：@＠@"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := newRoster()
		a, _ := r.Agency("MINATO", time.Time{})
		d := newDecider(nil, Input{From: saeki, Text: body}, Facts{Roster: r})
		changes, lines, problem := d.contactChanges(a)
		if (problem == "") != (len(changes) > 0) || len(changes) != len(lines) {
			t.Errorf("%d changes, %d lines, %q", len(changes), len(lines), problem)
		}
		for _, ch := range changes {
			if !plainAddress(ch.Address) || ch.Agency != "MINATO" {
				t.Errorf("%+v", ch)
			}
		}
	})
}
