package casework

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The golden table says, for each command, who may give it on what evidence in which stage, and what then happens.
// Stages and classes of evidence with the same answer share a line; every combination stands in exactly one.

var goldenRoles = []struct {
	name string
	who  Address
}{
	{"事務局", saeki}, {"担当コンシェルジュ", suzuki}, {"他のコンシェルジュ", yamamoto}, {"紹介元の送信者", tanaka}, {"紹介元の窓口", minatoDesk},
	{"紹介元の同僚（ドメインのみ）", colleague}, {"企業（直接連絡可）", kuramoto}, {"他の支援機関", yamaguchi}, {"名簿にない差出人", okamoto},
}

var goldenEvidence = []struct {
	name  string
	state EvidenceState
	code  string
}{
	{"確認済＋符号", EvidencePass, goodCode}, {"確認済", EvidencePass, ""}, {"符号のみ", EvidenceNone, goodCode},
	{"なし（設定なし）", EvidenceUnconfigured, ""}, {"不合格", EvidenceFail, goodCode},
}

// goldenLines are the commands as they are given, with arguments that fit.
type goldenCommand struct {
	line   string
	noCase bool
	text   string
	sheet  bool
}

var goldenLines = []goldenCommand{
	{line: "承認 MINATO"}, {line: "受付不可"}, {line: "受付不可 通知"}, {line: "引受"}, {line: "担当変更 YAMAMOTO"}, {line: "訂正", sheet: true},
	{line: "無効", text: "重複のため"}, {line: "会員証"}, {line: "状況"}, {line: "メモ", text: "覚え書き"}, {line: "休止 2026-12-28"}, {line: "再開"}, {line: "ヘルプ"},
	{line: "登録 FAX", noCase: true, sheet: true}, {line: "会員確認 M-00001-3", noCase: true}, {line: "一覧", noCase: true},
	{line: "連絡先変更", noCase: true, text: "追加：山田 花子 <yamada@minato-bank.example>"}, {line: "連絡先変更 MINATO", noCase: true, text: "追加：山田 花子 <yamada@minato-bank.example>"},
	{line: "不在 12/1-12/5 YAMAMOTO", noCase: true}, {line: "不在 取消", noCase: true}, {line: "凍結 HYOGO-CCI", noCase: true}, {line: "解除 HYOGO-CCI", noCase: true},
	{line: "全送信停止", noCase: true}, {line: "全送信再開", noCase: true}, {line: "担当変更 全件 SUZUKI YAMAMOTO", noCase: true},
	{line: "まとめて", noCase: true}, {line: "テスト 打診 HYOGO-CCI"}, {line: "直前取消"},
	{line: "連絡方法 直接"}, {line: "連絡先確認"}, {line: "打診 HYOGO-CCI"}, {line: "受入可 HYOGO-CCI 電話"}, {line: "受入不可 HYOGO-CCI 電話"}, {line: "見送り HYOGO-CCI"},
	{line: "了承依頼 HYOGO-CCI"}, {line: "了承"}, {line: "辞退"}, {line: "回付 HYOGO-CCI"}, {line: "受入担当 HYOGO-CCI", text: "担当者：山口"}, {line: "パスワード"},
	{line: "ジェトロ支援 相談"}, {line: "追加情報 企業"}, {line: "連絡 紹介元", text: "ご連絡です。"}, {line: "面談 初回 2026-12-03 14:00"}, {line: "面談中止"},
	{line: "進捗", text: "支援内容：相談"}, {line: "要望", text: "ご意見です。"}, {line: "支援終了 HYOGO-CCI"}, {line: "案件終了"}, {line: "支援取下"},
	{line: "催促停止 14"}, {line: "廃棄依頼 HYOGO-CCI"}, {line: "統合 2026-KOB-00009-9"}, {line: "分離"}, {line: "移管 OSA"}, {line: "移管 九州"},
}

func TestDecideGolden(t *testing.T) {
	var b strings.Builder
	b.WriteString("# 誰の、どのご指示を、どの証拠で、どの段階に承るか\n# 出来事と書簡がないところは「―」。書簡は「種類→宛先の役」。\n")
	shown := map[CommandName]bool{}
	for _, g := range goldenLines {
		name, _, _ := strings.Cut(g.line, " ")
		shown[CommandName(name)] = true
		fmt.Fprintf(&b, "\n## %s\n", g.line)
		var names, blocks []string // roles with the same block share it
		for _, role := range goldenRoles {
			var block strings.Builder
			cells := map[string]map[string][]string{} // answer -> evidence -> stages
			var order []string
			for _, ev := range goldenEvidence {
				for _, stage := range goldenStages(g.noCase) {
					in := withSheet(command(role.who, "", g.line), goldenSheets(g.sheet)...)
					in.Text, in.Evidence = g.text, Evidence{State: ev.state}
					answer := goldenCell(t, in, stage, ev.code)
					if cells[answer] == nil {
						cells[answer] = map[string][]string{}
						order = append(order, answer)
					}
					cells[answer][ev.name] = append(cells[answer][ev.name], goldenStage(stage))
				}
			}
			for _, answer := range order {
				for _, line := range goldenGroups(cells[answer]) {
					fmt.Fprintf(&block, "  %s｜%s\n", line, answer)
				}
			}
			if i := slices.Index(blocks, block.String()); i >= 0 {
				names[i] += "、" + role.name
				continue
			}
			names, blocks = append(names, role.name), append(blocks, block.String())
		}
		for i := range names {
			b.WriteString(names[i] + "\n" + blocks[i])
		}
	}
	for _, name := range allCommands() {
		if !shown[name] {
			t.Errorf("%s stands in no table", name)
		}
	}
	golden(t, "decide.golden", b.String())
}

func goldenSheets(with bool) []SheetIn {
	if !with {
		return nil
	}
	return []SheetIn{company("灘酒造", issues("販路と物流"))}
}

func goldenStages(noCase bool) []Stage {
	if noCase {
		return []Stage{""}
	}
	return Stages
}

func goldenStage(s Stage) string {
	if s == "" {
		return "案件なし"
	}
	return strings.TrimSuffix(s.Japanese(), "（引受待ち）")
}

// Short forms of all classes of evidence, and of all but the last.
const goldenAll, goldenBelieved = "証拠を問わず", "不合格のほか"

// goldenGroups joins the classes of evidence whose stages are the same.
func goldenGroups(byEvidence map[string][]string) []string {
	byStages := map[string][]string{}
	var order []string
	for _, ev := range goldenEvidence {
		stages := byEvidence[ev.name]
		if len(stages) == 0 {
			continue
		}
		text := strings.Join(stages, "・")
		if len(stages) == len(Stages) {
			text = "全段階"
		}
		if byStages[text] == nil {
			order = append(order, text)
		}
		byStages[text] = append(byStages[text], ev.name)
	}
	var out []string
	for _, stages := range order {
		evidence := strings.Join(byStages[stages], "・")
		switch {
		case len(byStages[stages]) == len(goldenEvidence):
			evidence = goldenAll
		case len(byStages[stages]) == len(goldenEvidence)-1 && !slices.Contains(byStages[stages], "不合格"):
			evidence = goldenBelieved
		}
		out = append(out, evidence+"｜"+stages)
	}
	return out
}

// goldenCell is what Decide answers to a command for a case of that stage.
func goldenCell(t *testing.T, in Input, stage Stage, code string) string {
	w, c := goldenWorld(t, stage)
	if stage != "" {
		in.Tag = Tag{Number: c.Number(), Code: code}
	}
	return goldenAnswer(t, w, in, "現在「"+stage.Japanese()+"」")
}

// goldenAnswer is what Decide answers to a mail, in one line. 〈現在〉 stands in it for the state that is the line's own.
func goldenAnswer(t *testing.T, w *world, in Input, now string) string {
	in.MessageID, in.Date = "command@sender.example", w.now
	out, err := Decide(w.loaded(), in, w.facts(in))
	if err != nil {
		t.Fatalf("%s of %s: %v", in.CallText, in.From.Addr, err)
	}
	var events, sent []string
	for _, e := range out.Events {
		events = append(events, string(e.Payload.Kind()))
	}
	problem := ""
	for _, l := range out.Letters {
		sent = append(sent, string(l.Kind())+"→"+goldenParty(l))
		switch r := l.Content.(type) {
		case RefusalLetter:
			problem = "｜" + strings.Replace(r.Problem, now, "〈現在〉", 1)
		case AnswerLetter:
			if l.answer && strings.HasPrefix(now, "現在の状態") {
				problem = "｜" + strings.TrimSpace(r.Done+" "+r.Next)
			}
		}
	}
	return fmt.Sprintf("%s｜%s｜%s%s", goldenResult(t, out), dash(events), dash(sent), problem)
}

// goldenWorlds are made once for each stage; a copy of one takes no notice of what is done in another.
var goldenWorlds = map[Stage]*world{}

func goldenWorld(t *testing.T, stage Stage) (*world, Case) {
	if goldenWorlds[stage] == nil {
		w := newWorld(t)
		if stage != "" {
			w.letCompanyWrite(w.at(stage))
		}
		goldenWorlds[stage] = w
	}
	w := *goldenWorlds[stage]
	w.t, w.log = t, slices.Clip(w.log)
	w.cases, w.threads = maps.Clone(w.cases), maps.Clone(w.threads)
	w.pending, w.verifies = map[string]Pending{}, map[string]int{}
	return &w, w.cases[1]
}

// letCompanyWrite opens the company's address, whatever the stage.
func (w *world) letCompanyWrite(c Case) {
	if !c.Registered() {
		return
	}
	for _, p := range []Payload{&ReachSet{Direct: true}, &ReachConfirmed{Address: kuramoto.Addr}} {
		e := Event{Case: c.ID, At: w.now, Payload: p}
		w.log = append(w.log, e)
		c.Apply(e)
	}
	w.cases[c.ID] = c
}

func dash(s []string) string {
	if len(s) == 0 {
		return "―"
	}
	return strings.Join(s, " ")
}

func goldenResult(t *testing.T, out Outcome) string {
	names := map[Result]string{ResultDone: "実行", ResultRefused: "お断り", ResultConfirm: "本人に確認", ResultOther: "人に任せる", ResultRegistered: "登録",
		ResultReturned: "差戻し", ResultHeld: "保留", ResultCorrected: "新しい版", ResultDuplicate: "同じシート", ResultKept: "保管", ResultPassed: "取次ぎ"}
	if names[out.Result] == "" {
		t.Errorf("result %q has no name", out.Result)
	}
	return names[out.Result]
}

func goldenParty(l Letter) string {
	if l.Kind() == LetterRejected {
		return "送信者"
	}
	via := ""
	if l.Departure().For == RoleCompany && l.Party.Role == RoleIntake {
		via = "（企業宛）"
	}
	return map[Role]string{RoleClerk: "事務局", RoleConcierge: "コンシェルジュ", RoleIntake: "支援機関", RoleProvider: "支援機関", RoleCompany: "企業", RoleOffice: "他の事務所"}[l.Party.Role] + via
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s is not what Decide answers now; look at each line, then go test -update (-file +now):\n%s", path, diff)
	}
}

// TestTheGoldenTableIsComplete counts the combinations that the lines of each command and role stand for.
func TestTheGoldenTableIsComplete(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "decide.golden"))
	if err != nil {
		t.Fatal(err)
	}
	sections := strings.Split(string(data), "\n## ")[1:]
	for _, s := range sections {
		head, body, _ := strings.Cut(s, "\n")
		want := len(goldenEvidence) * len(Stages)
		if i := slices.IndexFunc(goldenLines, func(g goldenCommand) bool { return g.line == head }); goldenLines[i].noCase {
			want = len(goldenEvidence)
		}
		counts := map[string]int{}
		var roles []string
		for line := range strings.Lines(body) {
			line = strings.TrimSuffix(line, "\n")
			cells := strings.Split(strings.TrimSpace(line), "｜")
			switch {
			case line == "":
			case !strings.HasPrefix(line, " "):
				roles = strings.Split(line, "、")
			default:
				n := goldenCount(cells[0], goldenAll, len(goldenEvidence))
				if cells[0] == goldenBelieved {
					n = len(goldenEvidence) - 1
				}
				for _, r := range roles {
					counts[r] += n * goldenCount(cells[1], "全段階", len(Stages))
				}
				if slices.Contains(cells, "") || len(cells) < 5 {
					t.Errorf("%s, %v: an empty cell in %q", head, roles, line)
				}
			}
		}
		for _, r := range goldenRoles {
			if counts[r.name] != want {
				t.Errorf("%s, %s: %d combinations, want %d", head, r.name, counts[r.name], want)
			}
		}
	}
}

func goldenCount(cell, all string, n int) int {
	if cell == all {
		return n
	}
	return strings.Count(cell, "・") + 1
}
