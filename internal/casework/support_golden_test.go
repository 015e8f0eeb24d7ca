package casework

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The second golden table says, for each command and each state of a support (of HYOGO-CCI), what becomes of it when the
// concierge, the agency, the company, the intake agency or the clerk gives it, with evidence and code.

var supportGoldenRoles = []struct {
	name string
	who  Address
}{
	{"コンシェルジュ", suzuki}, {"支援機関", yamaguchi}, {"企業", kuramoto}, {"紹介元", tanaka}, {"事務局", saeki},
}

var supportGoldenStates = append([]SupportState{SupportNone}, SupportStates...)

// supportGoldenLines are besides those of the first table.
var supportGoldenLines = []goldenCommand{
	{line: "打診 HOSHO"}, {line: "了承 企業 電話"}, {line: "辞退 紹介元 電話"}, {line: "回付 HYOGO-CCI 郵送"}, {line: "回付 HYOGO-CCI 再送"}, {line: "連絡 HYOGO-CCI", text: "ご連絡です。"},
	{line: "面談 HYOGO-CCI 2026-12-03 14:00"}, {line: "廃棄依頼 HYOGO-CCI 済"},
}

func supportStateName(s SupportState) string {
	if s == SupportNone {
		return "照会前"
	}
	return strings.TrimSuffix(s.Japanese(), "（受入担当待ち）")
}

func TestSupportGolden(t *testing.T) {
	worlds := map[SupportState]*world{}
	for _, s := range supportGoldenStates {
		w := newWorld(t)
		w.hyogo(s)
		worlds[s] = w
	}
	var b strings.Builder
	b.WriteString("# 支援（HYOGO-CCI）の状態ごとに、ご指示がどうなるか（確認済＋符号）\n# 状態｜結果｜出来事｜書簡｜答えの文。同じ答えの状態は一行にまとめる。\n")
	for _, g := range append(slices.Clone(goldenLines), supportGoldenLines...) {
		if g.noCase {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n", g.line)
		var names, blocks []string
		for _, role := range supportGoldenRoles {
			block := supportGoldenBlock(t, worlds, g, role.who)
			if i := slices.Index(blocks, block); i >= 0 {
				names[i] += "、" + role.name
				continue
			}
			names, blocks = append(names, role.name), append(blocks, block)
		}
		for i := range names {
			b.WriteString(names[i] + "\n" + blocks[i])
		}
	}
	golden(t, "support.golden", b.String())
}

func supportGoldenBlock(t *testing.T, worlds map[SupportState]*world, g goldenCommand, who Address) string {
	states := map[string][]string{}
	var order []string
	for _, s := range supportGoldenStates {
		w := supportGoldenCopy(t, worlds[s])
		c := w.cases[1]
		in := withSheet(command(who, c.Registration, g.line), goldenSheets(g.sheet)...)
		if in.Text = g.text; who == yamaguchi && s != SupportNone {
			in.Tag.Number = c.SupportOf("HYOGO-CCI").ID
		}
		answer := strings.ReplaceAll(goldenAnswer(t, w, in, "現在の状態："+s.Japanese()), "（HYOGO-CCI）："+s.Japanese(), "（HYOGO-CCI）：〈状態〉")
		if len(states[answer]) == 0 {
			order = append(order, answer)
		}
		states[answer] = append(states[answer], supportStateName(s))
	}
	var block strings.Builder
	for _, answer := range order {
		text := strings.Join(states[answer], "・")
		if len(states[answer]) == len(supportGoldenStates) {
			text = "全状態"
		}
		fmt.Fprintf(&block, "  %s｜%s\n", text, answer)
	}
	return block.String()
}

func supportGoldenCopy(t *testing.T, w *world) *world {
	again := *w
	again.t, again.cases, again.pending, again.verifies = t, maps.Clone(w.cases), map[string]Pending{}, map[string]int{}
	return &again
}

// TestTheSupportTableIsComplete counts the states that the lines of each command and role stand for.
func TestTheSupportTableIsComplete(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "support.golden"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[CommandName]bool{}
	for _, s := range strings.Split(string(data), "\n## ")[1:] {
		head, body, _ := strings.Cut(s, "\n")
		name, _, _ := strings.Cut(head, " ")
		named[CommandName(name)] = true
		counts := map[string]int{}
		var roles []string
		for line := range strings.Lines(body) {
			cells := strings.Split(strings.TrimSpace(line), "｜")
			switch {
			case strings.TrimSpace(line) == "":
			case !strings.HasPrefix(line, " "):
				roles = strings.Split(cells[0], "、")
			default:
				for _, r := range roles {
					counts[r] += goldenCount(cells[0], "全状態", len(supportGoldenStates))
				}
				if slices.Contains(cells, "") || len(cells) < 4 {
					t.Errorf("%s, %v: an empty cell in %q", head, roles, line)
				}
			}
		}
		for _, r := range supportGoldenRoles {
			if counts[r.name] != len(supportGoldenStates) {
				t.Errorf("%s, %s: %d states", head, r.name, counts[r.name])
			}
		}
	}
	for _, name := range allCommands() {
		if !rules[name].noCase && !named[name] {
			t.Errorf("%s stands not in the table", name)
		}
	}
}
