package demo

import (
	"fmt"
	"strings"
)

// configuration is the demo office's, in the form in which an office writes its own.
func (s *stage) configuration() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# The demo's own configuration: loopback only.
data = %q
mode = "live"
start = "all"

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
password_env = "UKETSUKE_DEMO_PASSWORD"

[smtp]
addr = %q
tls = "none"
auth = "none"

[evidence]
method = "authentication-results"
authserv = %q

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
`, s.Dir, officeAddr, s.server.IMAPAddr(), officeUser, s.server.SMTPAddr(), authserv)
	for i := range 10 {
		fmt.Fprintf(&b, "\n[[agency]]\ncode = \"SHINKIN%d\"\nname = \"第%d信用金庫\"\nwindow = \"entry@agency%d.example\"\n", i, i, i)
	}
	return b.String()
}

// evidence is what the office's own boundary server would have written above its Received line.
func evidence(from string) []string {
	domain := from[strings.IndexByte(from, '@')+1:]
	return []string{
		"Authentication-Results: " + authserv + "; dmarc=pass header.from=" + domain + "; spf=pass smtp.mailfrom=" + domain,
		"Received: from mail." + domain + " by " + authserv + " with ESMTPS; Mon, 16 Nov 2026 10:00:00 +0900",
	}
}
