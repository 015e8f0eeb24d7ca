package inbound

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// readEvidence reads who sent the mail from the Authentication-Results field of
// the office's own boundary server. Only a field above the topmost Received
// counts: whatever stands below came with the mail. Two such fields, one that
// does not parse, or results that contradict each other are no evidence.
func readEvidence(h header, m *Message, authserv string) Evidence {
	if authserv == "" {
		return Evidence{State: EvidenceUnconfigured, Why: "no authserv-id is configured"}
	}
	fields, received := topFields(h)
	if !received {
		return Evidence{Authserv: authserv, State: EvidenceNone, Why: "no Received field: the mail did not come through the boundary server"}
	}
	var ours []authResults
	for _, f := range fields {
		r, err := parseAuthResults(string(f.raw[:min(len(f.raw), maxFieldBytes)]))
		if len(f.raw) > maxFieldBytes {
			err = errAuthSyntax
		}
		switch {
		case r.authserv != "" && !strings.EqualFold(r.authserv, authserv):
		case err != nil:
			return Evidence{Authserv: authserv, State: EvidenceNone, Why: "an Authentication-Results field above the topmost Received cannot be read"}
		default:
			ours = append(ours, r)
		}
	}
	switch len(ours) {
	case 0:
		return Evidence{Authserv: authserv, State: EvidenceNone, Why: "no Authentication-Results field of the configured server above the topmost Received"}
	case 1:
		return judge(ours[0], m, authserv)
	}
	return Evidence{Authserv: authserv, State: EvidenceNone, Why: "several Authentication-Results fields of the configured server"}
}

// topFields are the Authentication-Results fields above the topmost Received.
func topFields(h header) (fields []field, received bool) {
	for _, f := range h {
		switch f.name {
		case "received":
			return fields, true
		case "authentication-results":
			fields = append(fields, f)
		}
	}
	return nil, false
}

// judge weighs the results of one field against the mail's own From.
func judge(r authResults, m *Message, authserv string) Evidence {
	e := Evidence{Authserv: authserv, State: EvidenceNone}
	from, sole := m.Sole()
	domain := from.Domain()
	dmarc, headerFrom, ok := dmarcResult(r)
	e.DMARC, e.HeaderFrom = dmarc, headerFrom
	dkim, aligned, dkimOK := dkimResult(r, domain)
	e.DKIM = dkim
	spf, spfOK := spfResult(r)
	e.SPF = spf
	e.State, e.Why = verdict(e, domain, sole, aligned, ok && dkimOK && spfOK)
	return e
}

// verdict weighs what the server found; consistent is false when two results of
// one method contradict each other.
func verdict(e Evidence, from string, sole, aligned, consistent bool) (EvidenceState, string) {
	switch {
	case !consistent:
		return EvidenceNone, "results of one method contradict each other"
	case e.DMARC == "fail":
		return EvidenceFail, "DMARC failed"
	case !sole:
		return EvidenceNone, "the mail has not exactly one From mailbox"
	case e.DMARC == "pass" && e.HeaderFrom == from:
		return EvidencePass, "DMARC passed for the domain of From"
	case e.DMARC == "pass" && e.HeaderFrom != "":
		return EvidenceNone, "DMARC passed for another domain than that of From"
	case e.DKIM == "pass" && aligned:
		return EvidencePass, "DKIM passed, aligned with the domain of From"
	case e.SPF == "pass":
		return EvidenceWeak, "SPF only"
	case e.DMARC == "pass":
		return EvidenceNone, "DMARC passed, but header.from is missing"
	case e.DKIM == "pass":
		return EvidenceNone, "DKIM passed, but not for the domain of From"
	}
	return EvidenceNone, "no result that says who sent the mail"
}

// dmarcResult is the DMARC result and the domain it is about; ok is false when
// there are two different ones.
func dmarcResult(r authResults) (result, headerFrom string, ok bool) {
	found := false
	for _, one := range r.results {
		if one.method != "dmarc" {
			continue
		}
		from, ok := one.prop("header.from")
		from = domainOf(from)
		if !ok || found && (one.result != result || from != headerFrom) {
			return one.result, "", false
		}
		result, headerFrom, found = one.result, from, true
	}
	return result, headerFrom, true
}

// domainOf is the domain of a property that is a domain or an address.
func domainOf(s string) string {
	s = strings.Trim(s, "<>")
	return aLabel(s[strings.LastIndexByte(s, '@')+1:])
}

// dkimResult is pass when any signature passed, else the first result; aligned
// tells whether one that passed belongs to the domain of From (RFC 7489, 3.1.1,
// relaxed). ok is false when one signature both passed and did not.
func dkimResult(r authResults, from string) (result string, aligned, ok bool) {
	seen := map[string]string{}
	for _, one := range r.results {
		if one.method != "dkim" {
			continue
		}
		d, ok1 := one.prop("header.d")
		i, ok2 := one.prop("header.i")
		s, ok3 := one.prop("header.s")
		b, ok4 := one.prop("header.b")
		if d == "" {
			d = domainOf(i)
		}
		d = domainOf(d)
		key := d + " " + strings.ToLower(s) + " " + b
		if before, twice := seen[key]; !ok1 || !ok2 || !ok3 || !ok4 || twice && before != one.result {
			return one.result, false, false
		}
		seen[key] = one.result
		if result == "" || one.result == "pass" {
			result = one.result
		}
		aligned = aligned || one.result == "pass" && isAligned(d, from)
	}
	return result, aligned, true
}

// isAligned reports whether two domains have the same organizational domain.
func isAligned(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	if a == b {
		return true
	}
	orgA, errA := publicsuffix.EffectiveTLDPlusOne(a)
	orgB, errB := publicsuffix.EffectiveTLDPlusOne(b)
	return errA == nil && errB == nil && orgA == orgB
}

// spfResult is the SPF result of the envelope sender, else of HELO. ok is false
// when one identity has two results.
func spfResult(r authResults) (result string, ok bool) {
	seen := map[string]string{}
	for _, one := range r.results {
		if one.method != "spf" {
			continue
		}
		identity := ""
		for _, p := range one.props {
			if p.name == "smtp.mailfrom" || p.name == "smtp.helo" || p.name == "smtp.mail" {
				identity += p.name + "=" + strings.ToLower(p.value) + " "
			}
		}
		if before, twice := seen[identity]; twice && before != one.result {
			return one.result, false
		}
		seen[identity] = one.result
		if result == "" || strings.Contains(identity, "smtp.mail") {
			result = one.result
		}
	}
	return result, true
}
