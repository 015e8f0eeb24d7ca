package mailbox

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhatThisConnectionHasPutThereIsNotSearched(t *testing.T) {
	mail := func(id string) Item {
		return Item{Raw: []byte("Subject: x\r\nMessage-ID: <" + id + ">\r\n\r\nx\r\n"), Flags: []string{`\Seen`}}
	}
	login := strings.Replace(loginForAppend, "LITERAL-", "LITERAL+ MULTIAPPEND UIDPLUS", 1)
	examine := func(next int) string {
		return fmt.Sprintf("C: EXAMINE \"Sent\"\nS: * OK [UIDVALIDITY 7] v\nS: * OK [UIDNEXT %d] n\nS: $ OK\n", next)
	}
	const together, found = "C: APPEND \"Sent\" (\\Seen)\nS: $ OK ", "\nS: * SEARCH\nS: $ OK\n"
	asked := []string{"<a@x>", "c@x", "<z@x>"}
	for name, c := range map[string]struct {
		script string
		after  Mark
		want   []string // that are known to be there
	}{
		"nothing else has come":             {together + "[APPENDUID 7 40:41] x\n" + together + "[APPENDUID 7 42:43] x\n" + examine(44), Mark{7, 40}, asked[:2]},
		"only what came after the mark":     {together + "[APPENDUID 7 40:41] x\n" + together + "[APPENDUID 7 42:43] x\n" + examine(44), Mark{7, 42}, asked[1:2]},
		"another mail has come since":       {together + "[APPENDUID 7 40:41] x\n" + together + "[APPENDUID 7 42:43] x\n" + examine(45) + "C: UID SEARCH UID 44:*" + found, Mark{7, 40}, asked[:2]},
		"another mail has come between":     {together + "[APPENDUID 7 40:41] x\n" + together + "[APPENDUID 7 43:44] x\n" + examine(45) + "C: UID SEARCH UID 40:*" + found, Mark{7, 40}, nil},
		"the mark is from before":           {together + "[APPENDUID 7 40:41] x\n" + together + "[APPENDUID 7 42:43] x\n" + examine(44) + "C: UID SEARCH UID 39:*" + found, Mark{7, 39}, nil},
		"there is no mark":                  {together + "[APPENDUID 7 40:41] x\n" + together + "[APPENDUID 7 42:43] x\n" + examine(44) + "C: UID SEARCH OR" + found, Mark{}, nil},
		"the server does not tell the UIDs": {together + "x\n" + together + "x\n" + examine(44) + "C: UID SEARCH UID 40:*" + found, Mark{7, 40}, nil},
		"it tells fewer than there were":    {together + "[APPENDUID 7 40:41] x\n" + together + "[APPENDUID 7 42:42] x\n" + examine(43) + "C: UID SEARCH UID 40:*" + found, Mark{7, 40}, nil},
		"the folder is another":             {together + "[APPENDUID 6 40:41] x\n" + together + "[APPENDUID 6 42:43] x\n" + examine(44) + "C: UID SEARCH UID 40:*" + found, Mark{7, 40}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := openClient(t, stage(t, login+c.script+"rest"))
			for _, items := range [][]Item{{mail("a@x"), mail("b@x")}, {mail("c@x"), mail("d@x")}} {
				if got := fates(client.AppendBatch(t.Context(), "Sent", items)); got != "--" {
					t.Fatalf("got %s", got)
				}
			}
			have, _, err := client.HaveMessageIDs(t.Context(), "Sent", asked, c.after)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, id := range asked {
				if have[id] {
					got = append(got, id)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestARunOfOwnMailsIsBounded(t *testing.T) {
	var r ownRun
	for n := range uint32(100) {
		items := make([]Item, 32)
		which := make([]int, 32)
		for i := range items {
			which[i] = i
			items[i].Raw = fmt.Appendf(nil, "X: y\r\nMessage-ID: <%d@x>\r\n\r\n", 32*n+uint32(i))
		}
		r.add("Sent", fmt.Sprintf("[APPENDUID 7 %d:%d]", 1+32*n, 32*n+32), items, which)
	}
	if len(r.ids) != longestRun || r.next() != 3201 || r.ids[0] != fmt.Sprintf("<%d@x>", r.first-1) {
		t.Errorf("%d ids from UID %d (%s) to %d", len(r.ids), r.first, r.ids[0], r.next())
	}
}
