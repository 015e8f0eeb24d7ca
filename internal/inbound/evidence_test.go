package inbound

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// evidenceOf parses a mail from bank.example whose header begins with the given
// lines, above the topmost Received unless they bring their own.
func evidenceOf(t *testing.T, top string) Evidence {
	t.Helper()
	raw := top + "From: Tanaka <tanaka@bank.example>\r\nTo: office@jetro.example\r\nSubject: x\r\n" +
		"Date: Mon, 16 Nov 2026 10:15:00 +0900\r\nMessage-ID: <a@bank.example>\r\n\r\nx\r\n"
	m, err := Parse([]byte(raw), Options{Authserv: "mx.jetro.example"})
	if err != nil {
		t.Fatal(err)
	}
	return m.Evidence
}

const received = "Received: from bank.example by mx.jetro.example; Mon, 16 Nov 2026 10:15:01 +0900\r\n"

func TestEvidence(t *testing.T) {
	ar := func(results string) string {
		return "Authentication-Results: mx.jetro.example;\r\n " + results + "\r\n" + received
	}
	for _, c := range []struct {
		rule, top string
		want      EvidenceState
	}{
		{"DMARC pass for the domain of From", ar("dmarc=pass header.from=bank.example"), EvidencePass},
		{"domains compare without case", ar("dmarc=pass header.from=BANK.Example"), EvidencePass},
		{"the authserv-id compares without case", strings.Replace(ar("dmarc=pass header.from=bank.example"), "mx.jetro", "MX.Jetro", 1), EvidencePass},
		{"a version after the authserv-id", "Authentication-Results: mx.jetro.example 1; dmarc=pass header.from=bank.example\r\n" + received, EvidencePass},
		{"comments everywhere", ar("(a) dmarc (b) = (c) pass (p=none (nested \\) ) dis=none) header (d) . (e) from (f) = (g) bank.example (h);"), EvidencePass},
		{"a quoted value", ar(`dmarc=pass reason="all; good" header.from="bank.example"`), EvidencePass},
		{"Microsoft's bare properties", ar("dmarc=pass action=none header.from=bank.example;compauth=pass reason=100"), EvidencePass},
		{"aligned DKIM without DMARC", ar("dkim=pass header.d=bank.example header.s=k1"), EvidencePass},
		{"DKIM of a subdomain", ar("dkim=pass header.d=mail.bank.example"), EvidencePass},
		{"Gmail's header.i", ar("dkim=pass header.i=@bank.example header.s=k header.b=a/b=; spf=pass smtp.mailfrom=x@bank.example"), EvidencePass},
		{"one of two signatures", ar("dkim=fail header.d=list.example header.s=a; dkim=pass header.d=bank.example header.s=b"), EvidencePass},
		{"DKIM of another domain, and SPF", ar("dkim=pass header.d=sender.example; spf=pass smtp.mailfrom=bank.example"), EvidenceWeak},
		{"DKIM of another domain", ar("dkim=pass header.d=notbank.example"), EvidenceNone},
		{"SPF only", ar("spf=pass smtp.mailfrom=tanaka@bank.example"), EvidenceWeak},
		{"DMARC failed", ar("dmarc=fail header.from=bank.example; spf=pass smtp.mailfrom=evil.example"), EvidenceFail},
		{"DMARC failed although a DKIM signature passed", ar("dkim=pass header.d=bank.example; dmarc=fail header.from=bank.example"), EvidenceFail},
		{"no policy", ar("dmarc=none header.from=bank.example; spf=none smtp.mailfrom=bank.example"), EvidenceNone},
		{"no result", ar("none"), EvidenceNone},
		{"header.from of another domain", ar("dmarc=pass header.from=evil.example"), EvidenceNone},
		{"header.from of a subdomain", ar("dmarc=pass header.from=mail.bank.example"), EvidenceNone},
		{"header.from missing", ar("dmarc=pass"), EvidenceNone},
		{"header.from twice, differing", ar("dmarc=pass header.from=bank.example header.from=evil.example"), EvidenceNone},
		{"DMARC twice, differing", ar("dmarc=pass header.from=bank.example; dmarc=fail header.from=bank.example"), EvidenceNone},
		{"one signature passed and failed", ar("dkim=pass header.d=bank.example; dkim=fail header.d=bank.example"), EvidenceNone},
		{"quoted-string forgery", ar(`spf=pass smtp.mailfrom="x;dmarc=pass header.from=bank.example;y=z"@evil.example`), EvidenceWeak},
		{"quoted-string forgery with escapes", ar(`spf=none smtp.mailfrom="x\";dmarc=pass header.from=bank.example;y=\"z"@evil.example`), EvidenceNone},
		{"comment forgery", ar("spf=none (sender said ; dmarc=pass header.from=bank.example) smtp.mailfrom=evil.example"), EvidenceNone},
		{"comment forgery that closes early", ar(`spf=none (a\) ; dmarc=pass header.from=bank.example) smtp.mailfrom=evil.example`), EvidenceNone},
		{"an unquoted equals sign makes no result", ar("spf=none smtp.mailfrom=a=b;c=d"), EvidenceNone},
		{"a missing semicolon makes no result", ar("spf=none dmarc=pass header.from=bank.example"), EvidenceNone},
		{"an open quote is a parse error", ar(`spf=pass smtp.mailfrom="x; dmarc=pass header.from=bank.example`), EvidenceNone},
		{"an open comment is a parse error", ar("dmarc=pass header.from=bank.example (x"), EvidenceNone},
		{"text after a quoted string is a parse error", ar(`dmarc=pass header.from="bank.example"evil.example`), EvidenceNone},
		{"two fields", "Authentication-Results: mx.jetro.example; dmarc=pass header.from=bank.example\r\n" + ar("dmarc=pass header.from=bank.example"), EvidenceNone},
		{"below the topmost Received", received + "Authentication-Results: mx.jetro.example; dmarc=pass header.from=bank.example\r\n", EvidenceNone},
		{"no Received at all", "Authentication-Results: mx.jetro.example; dmarc=pass header.from=bank.example\r\n", EvidenceNone},
		{"another authserv-id", "Authentication-Results: mx.evil.example; dmarc=pass header.from=bank.example\r\n" + received, EvidenceNone},
		{"another server's field beside ours", "Authentication-Results: filter.example; x y z\r\n" + ar("dmarc=pass header.from=bank.example"), EvidencePass},
		{"ours above, a forged one below", ar("dmarc=fail header.from=bank.example") + "Authentication-Results: mx.jetro.example; dmarc=pass header.from=bank.example\r\n", EvidenceFail},
		{"a second From field", ar("dmarc=pass header.from=bank.example") + "From: x@evil.example\r\n", EvidenceNone},
		{"no field", received, EvidenceNone},
	} {
		if e := evidenceOf(t, c.top); e.State != c.want || e.Why == "" {
			t.Errorf("%s: %q (%s), want %q; %+v", c.rule, e.State, e.Why, c.want, e)
		}
	}
}

func TestEvidenceOfSeveralMailboxesIsNone(t *testing.T) {
	raw := "Authentication-Results: mx.jetro.example; dmarc=pass header.from=bank.example\r\n" + received + "From: a@bank.example, b@evil.example\r\n\r\n"
	m, err := Parse([]byte(raw), Options{Authserv: "mx.jetro.example"})
	if err != nil || m.Evidence.State != EvidenceNone {
		t.Errorf("%v, %+v", err, m.Evidence)
	}
}

func TestEvidenceOfInternationalDomain(t *testing.T) {
	raw := "Authentication-Results: mx.jetro.example; dmarc=pass header.from=xn--wgv71a.example\r\n" + received + "From: a@日本.example\r\n\r\n"
	m, _ := Parse([]byte(raw), Options{Authserv: "mx.jetro.example"})
	if m.Evidence.State != EvidencePass {
		t.Errorf("%+v", m.Evidence)
	}
}

func TestEvidenceUnconfigured(t *testing.T) {
	m, _ := Parse([]byte("Authentication-Results: x; dmarc=pass header.from=b.example\r\n"+received+"From: a@b.example\r\n\r\n"), Options{})
	if m.Evidence.State != EvidenceUnconfigured {
		t.Errorf("%+v", m.Evidence)
	}
}

func TestParseAuthResults(t *testing.T) {
	got, err := parseAuthResults(` mx.example (c) 1 ; dkim/1=pass (2048) reason="ok; fine" header.d = a.example header.i="x y"@a.example; spf=softfail smtp.mailfrom=<>;`)
	want := authResults{authserv: "mx.example", results: []authResult{
		{"dkim", "pass", []authProp{{"reason", "ok; fine"}, {"header.d", "a.example"}, {"header.i", "x y@a.example"}}},
		{"spf", "softfail", []authProp{{"smtp.mailfrom", "<>"}}},
	}}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(authResults{}, authResult{}, authProp{})); d != "" || err != nil {
		t.Error(err, d)
	}
}

func FuzzAuthResults(f *testing.F) {
	f.Add(`mx.example; spf=pass smtp.mailfrom="x;dmarc=pass header.from=bank.example;y=z"@evil.example`)
	f.Add("mx.example 1; none")
	f.Add("mx.example; dmarc=pass (p=none) header.from=bank.example;")
	f.Add("mx.example; dkim/1 = pass reason=\"a\\\"b\" header.d=x")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := parseAuthResults(s)
		if err != nil {
			return
		}
		if r.authserv == "" {
			t.Errorf("no authserv-id in %q", s)
		}
		// What stands inside a quoted string can never add a result.
		quoted := `mx.example; spf=none smtp.mailfrom="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", "", "\x00", "").Replace(s) + `"@evil.example`
		if r, err := parseAuthResults(quoted); err != nil || len(r.results) != 1 || len(r.results[0].props) != 1 {
			t.Errorf("%q: %v, %+v", quoted, err, r)
		}
	})
}
