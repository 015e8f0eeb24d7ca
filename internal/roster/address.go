package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// aLabels converts without mapping: "ｅｘａｍｐｌｅ" and a Kelvin sign stay errors, they do not become ASCII.
var aLabels = idna.New(idna.ValidateLabels(true), idna.CheckHyphens(false), idna.StrictDomainName(true),
	idna.VerifyDNSLength(true), idna.BidiRule())

// canonical returns the form under which addresses are compared, and the domain as A-labels in lower case.
// Local parts that RFC 5322 forbids but Japanese carriers have given out (dots in a row or at the end) are taken.
func canonical(addr string) (key, domain string, ok bool) {
	at := strings.LastIndexByte(addr, '@')
	if at <= 0 || len(addr) > 320 || !utf8.ValidString(addr) {
		return "", "", false
	}
	local := asciiLower(addr[:at])
	if strings.ContainsFunc(local, notInLocalPart) {
		return "", "", false
	}
	domain, ok = canonicalDomain(addr[at+1:])
	return local + "@" + domain, domain, ok
}

func notInLocalPart(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`<>()[]\,;:"@`, r)
}

func canonicalDomain(s string) (string, bool) {
	s = asciiLower(s)
	if isPlainDomain(s) {
		return s, true
	}
	d, err := aLabels.ToASCII(s)
	if err != nil || !isPlainDomain(d) {
		return "", false
	}
	return d, true
}

// isPlainDomain tells whether s is two or more labels of lower-case letters, digits and inner hyphens (RFC 1123
// section 2.1), which is also what A-labels look like. It spares the usual domain the way through IDNA.
func isPlainDomain(s string) bool {
	if len(s) > 253 {
		return false
	}
	labels := 0
	for label := range strings.SplitSeq(s, ".") {
		labels++
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			c := label[i]
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	return labels >= 2
}

// asciiLower folds A to Z only: strings.ToLower makes a Kelvin sign a k.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// sharedDomains are the domains of free mail, of carriers and of providers, whose addresses anybody can have.
// As a domain entry one of them, or any subdomain, would let everybody speak for the agency.
var sharedDomains = makeSet(`
gmail.com googlemail.com yahoo.com yahoo.co.jp ymail.ne.jp ymail.com rocketmail.com myahoo.co.jp
outlook.com outlook.jp hotmail.com hotmail.co.jp live.com live.jp msn.com windowslive.com onmicrosoft.com
icloud.com me.com mac.com aol.com aol.jp gmx.com gmx.net gmx.de mail.com email.com zoho.com zohomail.com yandex.com
inbox.com yandex.ru mail.ru bk.ru inbox.ru list.ru proton.me protonmail.com pm.me tutanota.com tuta.com fastmail.com hey.com
qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com 139.com 189.cn aliyun.com naver.com daum.net
hanmail.net kakao.com nate.com web.de t-online.de orange.fr free.fr laposte.net libero.it comcast.net att.net
sbcglobal.net verizon.net cox.net earthlink.net hushmail.com rediffmail.com
excite.co.jp goo.jp mail.goo.ne.jp goo.ne.jp infoseek.jp infoseek.ne.jp livedoor.com livedoor.jp auone.jp auone-net.jp
nifty.com nifty.ne.jp nifty.jp biglobe.ne.jp biglobe.jp ocn.ne.jp ocn.jp so-net.ne.jp so-net.jp plala.or.jp
dion.ne.jp au.com ezweb.ne.jp ido.ne.jp uqmobile.jp povo.jp docomo.ne.jp docomo.jp dwmail.jp mopera.net mopera.ne.jp
softbank.ne.jp softbank.jp i.softbank.jp vodafone.ne.jp disney.ne.jp ymobile.ne.jp ymobile1.ne.jp ybb.ne.jp bbtec.net
willcom.com wcm.ne.jp pdx.ne.jp emnet.ne.jp emobile.ne.jp emobile-s.ne.jp rakuten.jp rakumail.jp mineo.jp
asahi-net.or.jp dti.ne.jp dream.jp hi-ho.ne.jp iij4u.or.jp iijmio-mail.jp interlink.or.jp justnet.ne.jp odn.ne.jp
odn.ad.jp panda-world.ne.jp sannet.ne.jp tcp-ip.or.jp wakwak.com infoweb.ne.jp highway.ne.jp alpha-net.ne.jp
commufa.jp ctk.ne.jp ctc.jp tcat.ne.jp tnc.ne.jp tokai.or.jp tokai.ne.jp thn.ne.jp t-com.ne.jp
eonet.ne.jp zaq.ne.jp zaq.jp kcn.jp kcn.ne.jp jcom.home.ne.jp jcom.zaq.ne.jp home.ne.jp itscom.net itscom.jp
catv.ne.jp catv296.ne.jp cty-net.ne.jp mctv.ne.jp amigo.ne.jp amigo2.ne.jp gctv.ne.jp hctv.ne.jp winknet.ne.jp
megaegg.ne.jp enjoy.ne.jp fureai.or.jp lime.plala.or.jp qtnet.ne.jp bbiq.jp coara.or.jp synapse.ne.jp
pikara.ne.jp nmt.ne.jp netwave.or.jp rose.ocn.ne.jp nns.ne.jp spacelan.ne.jp incl.ne.jp nsk.ne.jp mitene.or.jp
ii-okinawa.ne.jp cosmos.ne.jp sky.so-net.ne.jp bb-east.ne.jp bb-west.ne.jp netlaputa.ne.jp sutv.zaq.ne.jp
freeml.com inter7.jp kbronet.jp mailinator.com guerrillamail.com yopmail.com sute.jp instaddr.uk 10minutemail.com`)

func makeSet(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// sharedBy returns the entry of sharedDomains that a domain is, or is a subdomain of, or "".
func sharedBy(domain string) string {
	for d := domain; d != ""; {
		if sharedDomains[d] {
			return d
		}
		_, d, _ = strings.Cut(d, ".")
	}
	return ""
}

// isPublicSuffix tells whether everybody may register below the domain (publicsuffix.org): co.jp, lg.jp, github.io.
func isPublicSuffix(domain string) bool {
	suffix, _ := publicsuffix.PublicSuffix(domain)
	return suffix == domain
}

// registrable returns the domain that somebody registered: mail.minato-bank.co.jp gives minato-bank.co.jp.
func registrable(domain string) string {
	d, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return domain
	}
	return d
}

// ValidAddress tells whether addr is an addr-spec that can be compared and written to.
func ValidAddress(addr string) bool {
	_, _, ok := canonical(addr)
	return ok
}

// SameAddress tells whether two addr-specs are one address: ASCII letter case does not count, domains are compared as
// A-labels, and nothing else is folded.
func SameAddress(a, b string) bool {
	x, _, ok1 := canonical(a)
	y, _, ok2 := canonical(b)
	return ok1 && ok2 && x == y
}
