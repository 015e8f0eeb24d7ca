package demo

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"uketsuke/internal/demo/mailserver"
)

// Site is where an invented office finds its servers.
type Site struct {
	Dir, IMAP, SMTP string
	Mode, Start     string // "" is live, all
	NoEvidence      bool   // evidence = none
}

// Configuration is the invented office's, in the form in which an office writes its own. The password stands in the
// environment variable PasswordEnv.
func Configuration(s Site) string {
	var b strings.Builder
	method := "method = \"authentication-results\"\nauthserv = \"" + authserv + "\""
	if s.NoEvidence {
		method = "method = \"none\""
	}
	fmt.Fprintf(&b, `# The demo's own configuration: loopback only.
data = %q
mode = %q
start = %q

[office]
code = "KOB"
name = "ジェトロ神戸"
phone = "078-000-0000"
mailbox = %q
mailbox_name = "ジェトロ神戸 コンソーシアム受付"
area = "兵庫県"

[imap]
addr = %q
tls = "none"
user = %q
password_env = "`+PasswordEnv+`"

[smtp]
addr = %q
tls = "none"
auth = "none"

[evidence]
%s

[digest]
concierge = false
clerk = false
office = ""
agency_day = 0

[[clerk]]
name = "佐伯 直子"
mail = "saeki@jetro.example"

[[concierge]]
code = "TAKAHASHI"
name = "高橋 恵"
mail = "takahashi@jetro.example"
phone = "078-000-0001"
office = "ジェトロ神戸"
prefectures = ["兵庫県"]
capacity = 100000

[[concierge]]
code = "MORI"
name = "森 健太郎"
mail = "mori@jetro.example"
phone = "078-000-0002"
office = "ジェトロ神戸"
prefectures = ["兵庫県", "大阪府"]
countries = ["ベトナム", "カナダ"]
capacity = 100000

[[agency]]
code = "MINATO"
name = "みなと銀行"
window = "window@minato-bank.example"
window_name = "国際業務部"
domains = ["minato-bank.example"]

[[agency.person]]
name = "田中 一郎"
mail = "tanaka@minato-bank.example"

[[agency]]
code = "HYOGO-CCI"
name = "兵庫商工会議所"
window = "kaigai@hyogo-cci.example"
domains = ["hyogo-cci.example"]
`, s.Dir, or(s.Mode, "live"), or(s.Start, "all"), OfficeAddr, s.IMAP, OfficeUser, s.SMTP, method)
	for i := range 10 {
		fmt.Fprintf(&b, "\n[[agency]]\ncode = \"SHINKIN%d\"\nname = \"第%d信用金庫\"\nwindow = \"entry@agency%d.example\"\n", i, i, i)
	}
	return b.String()
}

func or(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// PasswordEnv names the environment variable of the mailbox's password, and Password is it.
const (
	PasswordEnv = "UKETSUKE_DEMO_PASSWORD"
	Password    = "demo"
)

// Env is the environment of the invented office.
func Env(name string) string {
	if name == PasswordEnv {
		return Password
	}
	return ""
}

// OpenServer starts the invented office's mail server: the office's own mailbox with its folders, and one catch-all
// mailbox for everybody else.
func OpenServer(o mailserver.Options) (*mailserver.Server, error) {
	server, err := mailserver.Start(o)
	if err != nil {
		return nil, fmt.Errorf("start the mail server: %w", err)
	}
	err = errors.Join(server.AddAccount(OfficeUser, Password, OfficeAddr), server.AddAccount(Outside, Password, mailserver.CatchAll))
	for _, folder := range []string{"受付済", "確認待ち", "自動応答"} {
		if !slices.Contains(server.Mailboxes(OfficeUser), folder) {
			err = errors.Join(err, server.CreateMailbox(OfficeUser, folder))
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make the mailboxes: %w", err), server.Close())
	}
	return server, nil
}

// Evidence is what the office's own boundary server would have written above its Received line.
func Evidence(from string) []string {
	domain := from[strings.IndexByte(from, '@')+1:]
	return []string{
		"Authentication-Results: " + authserv + "; dmarc=pass header.from=" + domain + "; spf=pass smtp.mailfrom=" + domain,
		"Received: from mail." + domain + " by " + authserv + " with ESMTPS; Mon, 16 Nov 2026 10:00:00 +0900",
	}
}
