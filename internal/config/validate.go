package config

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"uketsuke/internal/roster"
)

// validate checks what is bound, resolves paths and secrets, and makes the roster.
func (l *loader) validate() {
	l.top()
	l.drafts()
	l.office()
	l.server("imap", &l.config.IMAP.Server, nil)
	l.folders()
	l.server("smtp", &l.config.SMTP.Server, &l.config.IMAP.Server)
	l.oauth()
	l.evidence()
	l.bounds()
	l.words()
	l.operation()
	l.people()
}

func (l *loader) fault(field, value, hint string, args ...any) {
	l.found.add(field, value, hint, args...)
}

func (l *loader) warn(field, value, hint string, args ...any) {
	l.config.Warnings = append(l.config.Warnings, Error{field, value, fmt.Sprintf(hint, args...)})
}

func (l *loader) oneOf(field, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		quoted := make([]string, len(allowed))
		for i, a := range allowed {
			quoted[i] = strconv.Quote(a)
		}
		last := len(quoted) - 1
		l.fault(field, value, "must be %s or %s", strings.Join(quoted[:last], ", "), quoted[last])
	}
}

func (l *loader) top() {
	c := l.config
	l.oneOf("mode", string(c.Mode), string(ModeLive), string(ModeDraft))
	if c.DataDir == "" {
		l.found.missing("data", "name the folder for database, keys and large files")
	}
	if info, err := os.Stat(l.path(c.DataDir)); err == nil && !info.IsDir() {
		l.fault("data", c.DataDir, "is a file; name a folder, which is made when it does not exist")
	}
	c.DataDir = l.path(c.DataDir)
	if c.Layout != "" {
		if _, err := readFile(l.path(c.Layout)); err != nil {
			l.fault("layout", c.Layout, "%s", readHint(err))
		}
		c.Layout = l.path(c.Layout)
	}
	if c.InfoForm != "" {
		if _, err := os.Stat(l.path(c.InfoForm)); err != nil {
			l.fault("info_form", c.InfoForm, "%s", readHint(err))
		}
		c.InfoForm = l.path(c.InfoForm)
	}
	if c.Templates != "" {
		if info, err := os.Stat(l.path(c.Templates)); err != nil {
			l.fault("templates", c.Templates, "%s", readHint(err))
		} else if !info.IsDir() {
			l.fault("templates", c.Templates, "is a file; name the folder with the office's own letters")
		}
		c.Templates = l.path(c.Templates)
	}
}

func (l *loader) office() {
	o := &l.config.Bureau
	switch {
	case o.Code == "":
		l.found.missing("office.code", "give two to five capital letters such as KOB, which stand in every registration number")
	case !roster.ValidOfficeCode(o.Code):
		l.fault("office.code", o.Code, "must be two to five capital letters such as KOB")
	}
	l.line("office.name", o.Name, "give the office's name as it stands under letters")
	l.line("office.phone", o.Phone, "give the phone number that stands under letters")
	switch {
	case o.Mailbox == "":
		l.found.missing("office.mailbox", "give the mailbox's own address")
	case !roster.ValidAddress(o.Mailbox):
		l.fault("office.mailbox", o.Mailbox, "is no mail address; write it alone, as in kobe-intake@jetro.example")
	}
	if strings.ContainsFunc(o.MailboxName, unicode.IsControl) {
		l.fault("office.mailbox_name", o.MailboxName, "must be one line")
	}
	if o.Area != "" && !slices.Contains(roster.Prefectures(), o.Area) {
		l.fault("office.area", o.Area, "must be a prefecture in full, such as 兵庫県, or nothing")
	}
	if o.Close <= o.Open && l.found.ok("office.open") && l.found.ok("office.close") {
		l.fault("office.close", clockFace(o.Close), "must be later than office.open (%s)", clockFace(o.Open))
	}
}

func clockFace(t TimeOfDay) string {
	m := int(time.Duration(t) / time.Minute)
	return fmt.Sprintf("%02d:%02d", m/60, m%60)
}

// line checks a text that must be there and have one line, because it stands in headers.
func (l *loader) line(field, value, hint string) {
	switch {
	case strings.TrimSpace(value) == "":
		l.found.missing(field, "%s", hint)
	case strings.ContainsFunc(value, unicode.IsControl):
		l.fault(field, value, "must be one line")
	}
}

// server checks one server. like is the one whose login it shares when it has none of its own, or nil.
func (l *loader) server(at string, s, like *Server) {
	host := l.hostPort(at+".addr", s.Addr)
	l.oneOf(at+".tls", string(s.TLS), string(TLSDirect), string(TLSStartTLS), string(TLSNone))
	if s.TLS == TLSNone && host != "" && !isLoopback(host) {
		l.fault(at+".tls", string(s.TLS), `is for servers on this machine only, and %s is not; use "tls" or "starttls"`, host)
	}
	l.portFits(at, s)
	if s.CAFile != "" {
		l.certificates(at+".ca_file", s.CAFile)
		s.CAFile = l.path(s.CAFile)
	}
	auths := []string{string(AuthPassword), string(AuthXOAuth2), string(AuthOAuthBearer)}
	if like != nil {
		auths = append(auths, string(AuthNone))
	}
	l.oneOf(at+".auth", string(s.Auth), auths...)
	if s.Auth == AuthNone {
		if s.PasswordFile != "" || s.PasswordEnv != "" {
			l.fault(at+".auth", string(s.Auth), `needs no password; remove password_file and password_env, or set auth = "password"`)
		}
		return
	}
	sharesLogin := like != nil && s.User == "" && s.PasswordFile == "" && s.PasswordEnv == ""
	if sharesLogin && (s.Auth.OAuth() || like.Auth == AuthPassword || !l.found.ok("imap.auth")) {
		s.User, s.Password = like.User, like.Password
		return
	}
	if s.User == "" {
		l.found.missing(at+".user", "give the login name")
	}
	if s.Auth == AuthPassword {
		s.Password = l.secret(at+".password", s.PasswordFile, s.PasswordEnv)
	}
}

// hostPort checks host:port and returns the host, or "".
func (l *loader) hostPort(field, addr string) string {
	const shape = "must be a host and a port, such as imap.example.jp:993"
	if addr == "" {
		l.found.missing(field, "%s", strings.Replace(shape, "must be", "give", 1))
		return ""
	}
	host, port, err := net.SplitHostPort(addr)
	n, portErr := strconv.Atoi(port)
	if err != nil || host == "" || strings.ContainsFunc(host, unicode.IsSpace) {
		l.fault(field, addr, shape)
		return ""
	}
	if portErr != nil || n < 1 || n > 65535 {
		l.fault(field, addr, "has no port from 1 to 65535 after its colon")
		return ""
	}
	return host
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// portFits warns where port and kind of TLS seldom go together: such a dial hangs rather than fails.
func (l *loader) portFits(at string, s *Server) {
	_, port, _ := net.SplitHostPort(s.Addr)
	usual := map[string]TLS{"993": TLSDirect, "143": TLSStartTLS, "465": TLSDirect, "587": TLSStartTLS, "25": TLSStartTLS}
	if want, ok := usual[port]; ok && s.TLS != TLSNone && s.TLS != want {
		l.warn(at+".tls", string(s.TLS), "port %s usually speaks %q; a connection may hang", port, want)
	}
}

func (l *loader) certificates(field, name string) {
	pem, err := readFile(l.path(name))
	if err != nil {
		l.fault(field, name, "%s", readHint(err))
	} else if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		l.fault(field, name, "has no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
	}
}

// secret resolves a pair of keys, FIELD_file and FIELD_env, of which one must be set.
func (l *loader) secret(field, file, env string) Secret {
	switch {
	case file != "" && env != "":
		l.fault(field+"_env", env, "stands beside %s_file; keep one of them", lastWord(field))
	case file == "" && env == "":
		l.found.missing(field+"_file", "name the file with the secret here, or a variable in %s_env", lastWord(field))
	case file != "":
		l.secretFile(field+"_file", file)
	case !isVariable(env):
		l.fault(field+"_env", notShown, "must be the name of an environment variable, not the secret itself")
	case l.connects && l.env(env) == "":
		l.fault(field+"_env", env, "the environment variable is not set; set it where uketsuke is started")
	}
	return Secret{file: l.path(file), name: env, getenv: l.env}
}

func (l *loader) secretFile(field, file string) {
	info, err := os.Stat(l.path(file))
	if err == nil && info.Mode().Perm()&0o007 != 0 {
		l.warn(field, file, "can be read by everybody on this machine; chmod 600")
	}
	if !l.connects {
		return
	}
	if err != nil {
		l.fault(field, file, "%s", readHint(err))
	} else if _, err := readSecretFile(l.path(file)); err != nil {
		l.fault(field, file, "holds no secret: it must be a readable file, not empty, up to 64 KiB")
	}
}

func lastWord(field string) string { return field[strings.LastIndexByte(field, '.')+1:] }

// isVariable tells the name of an environment variable from a secret written in its place by mistake.
func isVariable(s string) bool {
	for i, r := range s {
		if r != '_' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

func (l *loader) folders() {
	m := &l.config.IMAP
	used := map[string]string{}
	for _, f := range []struct{ field, name string }{
		{"imap.inbox", m.Inbox}, {"imap.done", m.Done}, {"imap.aside", m.Aside}, {"imap.machine", m.Machine},
		{"imap.sent", m.Sent}, {"imap.drafts", m.Drafts},
	} {
		optional := f.field == "imap.sent" || f.field == "imap.drafts"
		switch {
		case f.name == "" && optional:
			continue
		case strings.TrimSpace(f.name) == "" || strings.ContainsFunc(f.name, unicode.IsControl):
			l.fault(f.field, f.name, "must be the name of a folder")
		case used[f.name] != "":
			l.fault(f.field, f.name, "is also %s; each needs a folder of its own", used[f.name])
		}
		used[f.name] = f.field
	}
	if (m.Poll < 5*time.Second || m.Poll > time.Hour) && l.found.ok("imap.poll") {
		l.fault("imap.poll", m.Poll.String(), `must be from "5s" to "1h"`)
	}
}

func (l *loader) oauth() {
	c, o := l.config, &l.config.OAuth
	if !c.IMAP.Auth.OAuth() && !c.SMTP.Auth.OAuth() {
		return
	}
	l.tokenURL(o.TokenURL)
	if o.ClientID == "" {
		l.found.missing("oauth.client_id", "give the id under which uketsuke is registered with the mail service")
	}
	hasSecret := o.ClientSecretFile != "" || o.ClientSecretEnv != ""
	switch {
	case hasSecret:
		o.ClientSecret = l.secret("oauth.client_secret", o.ClientSecretFile, o.ClientSecretEnv)
	case o.RefreshTokenFile == "":
		l.found.missing("oauth.client_secret_file", "name the file with the client's secret, or a refresh_token_file")
	}
	if o.RefreshTokenFile != "" {
		l.secretFile("oauth.refresh_token_file", o.RefreshTokenFile)
		o.RefreshTokenFile = l.path(o.RefreshTokenFile)
	}
}

func (l *loader) tokenURL(text string) {
	const field = "oauth.token_url"
	if text == "" {
		l.found.missing(field, "give the address that hands out tokens, https://…")
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		l.fault(field, notShown, "must be an address such as https://login.example.jp/oauth2/token")
	case u.User != nil:
		l.fault(field, u.Redacted(), "must have no user or password in it; use client_id and client_secret_file")
	case u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())):
		l.fault(field, text, "must begin with https://")
	}
}

func (l *loader) evidence() {
	e := &l.config.Evidence
	l.oneOf("evidence.method", e.Method, EvidenceNone, EvidenceAuthenticationResults)
	switch {
	case e.Method == EvidenceNone && e.Authserv != "":
		l.fault("evidence.authserv", e.Authserv, `has no use with method = "none"; set method = "authentication-results"`)
	case e.Method == EvidenceNone:
		l.warn("evidence.method", e.Method, "nobody checks who sent a mail: entries of rostered addresses register as unverified, and commands without a code are confirmed by mail")
	case e.Method == EvidenceAuthenticationResults && e.Authserv == "":
		l.found.missing("evidence.authserv", "give the name with which the office's own server begins its Authentication-Results fields")
	case strings.ContainsFunc(e.Authserv, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`;="()<>@`, r) }):
		l.fault("evidence.authserv", e.Authserv, "must be the bare name, such as mx.example.jp")
	}
}

func (l *loader) bounds() {
	c := l.config
	l.between("codes.business_days", c.Codes.BusinessDays, 1, 240)
	l.between("sending.per_person_hour", c.Sending.PerPersonHour, 1, 1000)
	l.between("sending.per_case_day", c.Sending.PerCaseDay, 1, 1000)
	l.between("sending.per_hour", c.Sending.PerHour, 1, 100000)
	l.between("limits.keep_bytes_days", c.Limits.KeepBytesDays, 1, 36500)
	if (c.Sending.Hold < 0 || c.Sending.Hold > 24*time.Hour) && l.found.ok("sending.hold") {
		l.fault("sending.hold", c.Sending.Hold.String(), `must be from "0s" to "24h"`)
	}
	if (c.Limits.MaxMessage < 1<<20 || c.Limits.MaxMessage > 64<<20) && l.found.ok("limits.max_message") {
		l.fault("limits.max_message", strconv.FormatInt(int64(c.Limits.MaxMessage), 10), `must be from "1MiB" to "64MiB"`)
	}
}

func (l *loader) between(field string, n, low, high int) {
	if (n < low || n > high) && l.found.ok(field) {
		l.fault(field, strconv.Itoa(n), "must be from %d to %d", low, high)
	}
}

// words checks the office's own command words for what no command table can allow: they are one token of a subject line.
func (l *loader) words() {
	c := &l.config.Commands
	for i, w := range c.Off {
		l.token(fmt.Sprintf("commands.off[%d]", i), w)
	}
	seen := map[string]string{}
	for _, name := range sortedKeys(c.Aliases) {
		for i, w := range c.Aliases[name] {
			field := fmt.Sprintf("commands.aliases.%s[%d]", name, i)
			l.token(field, w)
			if other, ok := seen[w]; ok {
				l.fault(field, w, "is also an alias of %s; a word means one command", other)
			}
			seen[w] = name
		}
	}
}

func (l *loader) token(field, word string) {
	if word == "" || strings.ContainsFunc(word, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("[]［］:：", r)
	}) {
		l.fault(field, word, "must be one word without spaces, brackets and colons")
	}
}

func (l *loader) operation() {
	c := l.config
	l.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	l.oneOf("log.format", c.Log.Format, "text", "json")
	if c.Metrics.Addr == "" {
		return
	}
	if host := l.hostPort("metrics.addr", c.Metrics.Addr); host != "" && !isLoopback(host) {
		l.fault("metrics.addr", c.Metrics.Addr, "must be on this machine, such as 127.0.0.1:9108")
	}
}

// people makes the roster of all rows.
func (l *loader) people() {
	c := l.config
	r, faults := roster.New(c.Data)
	for _, f := range faults {
		if field := l.place(f.Field); f.Value != "" || !l.found.explained(field) {
			l.fault(field, f.Value, "%s", f.Hint)
		}
	}
	c.roster = r
	if !l.incomplete {
		if len(c.Clerks) == 0 {
			l.found.missing("clerk", "name at least one person of the office in a [[clerk]] section: held entries are asked of them")
		}
		if len(c.Concierges) == 0 {
			l.found.missing("concierge", "name at least one in a [[concierge]] section: every registered company gets one")
		}
	}
	l.referrals()
	l.otherOffices()
}

// otherOffices resolves the passwords agreed with other offices. None of them is this one.
func (l *loader) otherOffices() {
	c := l.config
	c.OfficePasswords = map[string]Secret{}
	for i, o := range c.Offices {
		at := l.place(fmt.Sprintf("other_office[%d]", i))
		if code := roster.FoldCode(o.Code); code == c.Bureau.Code && code != "" {
			l.fault(at+".code", o.Code, "is this office's own code; name the other offices only")
		}
		if strings.EqualFold(o.Mailbox, c.Bureau.Mailbox) && o.Mailbox != "" {
			l.fault(at+".mailbox", o.Mailbox, "is this office's own mailbox; name the other offices only")
		}
		c.OfficePasswords[roster.FoldCode(o.Code)] = l.secret(at+".password", o.PasswordFile, o.PasswordEnv)
	}
}

// referrals resolves the agreed passwords and forms of agencies.
func (l *loader) referrals() {
	c := l.config
	c.AgreedPasswords = map[string]Secret{}
	for i := range c.Agencies {
		a, at := &c.Agencies[i], l.place(fmt.Sprintf("agency[%d].referral", i))
		if a.Referral.Password == roster.PasswordAgreed && l.found.ok(at+".password") {
			c.AgreedPasswords[roster.FoldCode(a.Code)] =
				l.secret(at+".agreed_password", a.Referral.AgreedPasswordFile, a.Referral.AgreedPasswordEnv)
		}
		if form := a.Referral.OwnForm; form != "" {
			if _, err := os.Stat(l.path(form)); err != nil {
				l.fault(at+".own_form", form, "%s", readHint(err))
			}
			a.Referral.OwnForm = l.path(form)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
