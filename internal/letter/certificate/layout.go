package certificate

import (
	"math"
	"slices"

	"github.com/signintech/gopdf"
)

// The fixed wording. Consortium, title, attestation and the mark 再発行 are drawn in mincho:
// font/subset.py lists its characters.
const (
	consortium  = "新輸出大国コンソーシアム"
	title       = "会員証"
	attestation = "貴社を新輸出大国コンソーシアムの利用企業として登録したことを証します。"
	issuerName  = "新輸出大国コンソーシアム事務局"
	reissued    = "再発行"

	labelMember       = "会員番号"
	labelRegistration = "コンソーシアムエントリー登録番号"
	labelAgency       = "紹介元支援機関"
	labelConcierge    = "担当コンシェルジュ"
	labelContact      = "コンシェルジュ連絡先"

	useHeading    = "ご利用企業の方へ"
	useNumber     = "支援機関と初めて連絡をお取りになる際に、上記の会員番号をお知らせください。" // guide 3-2 (4)
	useConcierge  = "ご相談やご要望は、担当コンシェルジュがいつでも承ります。"          // guide 3-1 (1)
	verifyHeading = "支援機関の方へ"
	verifyNote    = "初回面談の際、こちらから会員確認のメールをお送りいただけます。"

	tagPhone, tagMail = "電話", "メール"
)

// formWording has every character of the fixed wording that is drawn in gothic, and what companies, agencies and dates
// are sure to bring.
const formWording = issuerName + labelMember + labelRegistration + labelAgency + labelConcierge + labelContact +
	useHeading + useNumber + useConcierge + verifyHeading + verifyNote + tagPhone + tagMail + "　（）令和年月日" + "株式会社有限ジェトロ"

var (
	indigo = colour{27, 49, 94}
	gold   = colour{176, 148, 92}
	ink    = colour{34, 34, 38}
	soft   = colour{104, 108, 118}
	tint   = colour{243, 245, 249}
	hair   = colour{205, 209, 218}
)

// Where things stand. The text column is middle ± half its width.
const (
	middle      = pageWidth / 2
	columnLeft  = 84.0
	columnRight = pageWidth - columnLeft
	columnWidth = columnRight - columnLeft

	nameMiddle  = 280.0 // the company's name is centred on this height
	tableTop    = 380.0
	labelWidth  = 164.0
	cellPadding = 13.0
	valueWidth  = columnWidth - labelWidth - 2*cellPadding
	tagWidth    = 38.0
	notesTop    = 704.0
)

// layOut draws the whole page from a cleaned certificate.
func (p *page) layOut(c Certificate) error {
	p.frame()
	p.heading(c)
	p.company(c)
	p.text(middle, 351, centre, style{mincho: true, size: 12.15, colour: ink}, attestation)
	bottom := p.table(tableTop, rows(c))
	p.signature(bottom, c)
	return p.notes(c)
}

// frame draws the double line: a strong outer one, and a fine inner one with stepped corners.
func (p *page) frame() {
	const outer, inner, step = 29.0, 36.0, 13.0
	p.outline(1.9, indigo, corners(outer, 0)...)
	p.outline(0.55, gold, corners(inner, step)...)
	for _, x := range []float64{inner + step/2, pageWidth - inner - step/2} {
		for _, y := range []float64{inner + step/2, pageHeight - inner - step/2} {
			p.diamond(x, y, 2.6, gold)
		}
	}
}

// corners is the page's rectangle at the inset; its corners are cut out by squares of the step.
func corners(inset, step float64) []gopdf.Point {
	l, r, t, b := inset, pageWidth-inset, inset, pageHeight-inset
	if step == 0 {
		return []gopdf.Point{{X: l, Y: t}, {X: r, Y: t}, {X: r, Y: b}, {X: l, Y: b}}
	}
	return []gopdf.Point{
		{X: l + step, Y: t}, {X: r - step, Y: t}, {X: r - step, Y: t + step}, {X: r, Y: t + step},
		{X: r, Y: b - step}, {X: r - step, Y: b - step}, {X: r - step, Y: b}, {X: l + step, Y: b},
		{X: l + step, Y: b - step}, {X: l, Y: b - step}, {X: l, Y: t + step}, {X: l + step, Y: t + step},
	}
}

func (p *page) diamond(x, y, half float64, c colour) {
	p.shape(c, gopdf.Point{X: x, Y: y - half}, gopdf.Point{X: x + half, Y: y},
		gopdf.Point{X: x, Y: y + half}, gopdf.Point{X: x - half, Y: y})
}

// heading draws consortium, title and the ornament below, and the mark of a copy issued again.
func (p *page) heading(c Certificate) {
	p.text(middle, 107, centre, style{mincho: true, size: 17, spacing: 2.6, colour: indigo}, consortium)
	p.text(middle, 168, centre, style{mincho: true, size: 46, spacing: 22, colour: indigo}, title)
	p.rule(middle-112, 191, middle-9, 191, 0.6, gold)
	p.rule(middle+9, 191, middle+112, 191, 0.6, gold)
	p.diamond(middle, 191, 3, gold)
	if c.Reissue {
		const width, height, top = 54.0, 18.0, 62.0
		x := columnRight - width
		p.outline(0.7, indigo, gopdf.Point{X: x, Y: top}, gopdf.Point{X: x + width, Y: top},
			gopdf.Point{X: x + width, Y: top + height}, gopdf.Point{X: x, Y: top + height})
		p.text(x+width/2, top+12.8, centre, style{mincho: true, size: 10, spacing: 2, colour: indigo}, reissued)
	}
}

// nameFittings: a name stands on one line as long as it looks like a name; sixty characters go on two.
var nameFittings = []fitting{{1, 27}, {1, 24}, {1, 21}, {1, 18.5}, {2, 20}, {2, 17.5}, {2, 15}, {3, 15}, {3, 13}, {4, 12}, {6, 9}}

// company draws the name, its reading above, a fine line below.
func (p *page) company(c Certificate) {
	lines, st := p.book.fit(c.Company, style{size: 27, colour: ink}, columnWidth, nameFittings)
	leading := st.size * 1.42
	top := nameMiddle - leading*float64(len(lines))/2
	y := top + leading/2 + st.size*0.36
	for _, line := range lines {
		p.text(middle, y, centre, st, line)
		y += leading
	}
	if c.CompanyKana != "" {
		kana, kst := p.book.fit(c.CompanyKana, style{size: 9.5, spacing: 0.4, colour: soft}, columnWidth,
			[]fitting{{1, 9.5}, {1, 8}, {2, 7.5}})
		for i, line := range kana {
			p.text(middle, top-6-kst.size*1.4*float64(len(kana)-1-i), centre, kst, line)
		}
	}
	end := top + leading*float64(len(lines)) + 5
	p.rule(columnLeft+36, end, columnRight-36, end, 0.5, hair)
}

// row is a line of the table. Its values stand one below the other, each with its tag before it.
type row struct {
	label  string
	values []tagged
	style  style
	ways   []fitting // for each value; all are set at the smallest size that one needs
	least  float64   // height at least
}

// tagged is a value and what kind it is; the tag may be blank.
type tagged struct{ tag, value string }

// How values are set. At their tallest, all together end above the signature.
var (
	plainValue   = style{colour: ink}
	numberWays   = []fitting{{1, 19}, {1, 12}, {1, 8}}
	agencyWays   = []fitting{{1, 11}, {2, 11}, {2, 10}, {3, 9}, {3, 8}}
	personWays   = []fitting{{1, 11}, {2, 10}, {2, 8}}
	contactWays  = []fitting{{1, 11}, {1, 9.5}, {1, 8}, {2, 8}}
	registerWays = []fitting{{1, 12}, {1, 8}}
)

// rows lists what the certificate says; what is blank has no row.
func rows(c Certificate) []row {
	all := []row{
		{labelMember, []tagged{{"", c.MemberNumber}}, style{spacing: 0.8, colour: indigo}, numberWays, 42},
		{labelRegistration, []tagged{{"", c.RegistrationNumber}}, style{spacing: 0.3, colour: ink}, registerWays, 29},
		{labelAgency, []tagged{{"", c.Agency}}, plainValue, agencyWays, 29},
		{labelConcierge, []tagged{{"", c.Concierge}}, plainValue, personWays, 29},
		{labelContact, []tagged{{tagPhone, c.ConciergePhone}, {tagMail, c.ConciergeEmail}}, plainValue, contactWays, 29},
	}
	present := all[:0]
	for _, r := range all {
		r.values = slices.DeleteFunc(r.values, func(t tagged) bool { return t.value == "" })
		if len(r.values) > 0 {
			present = append(present, r)
		}
	}
	return present
}

// table draws the rows from top downwards and returns where it ends.
func (p *page) table(top float64, rows []row) float64 {
	y := top
	for i, r := range rows {
		lines, st := p.cell(r)
		leading := st.size * 1.55
		height := max(r.least, leading*float64(len(lines))+12)
		p.box(columnLeft, y, labelWidth, height, tint)
		p.text(columnLeft+cellPadding, y+height/2+3.2, left, style{size: 8.8, colour: indigo}, r.label)
		base := y + height/2 - leading*float64(len(lines)-1)/2 + st.size*0.36
		for _, line := range lines {
			x := columnLeft + labelWidth + cellPadding
			p.text(x, base-0.5, left, style{size: 8.5, colour: soft}, line.tag)
			p.text(x+r.indent(), base, left, st, line.value)
			base += leading
		}
		if i > 0 {
			p.rule(columnLeft, y, columnRight, y, 0.5, hair)
		}
		y += height
	}
	if len(rows) > 0 {
		p.rule(columnLeft, top, columnRight, top, 1.1, indigo)
		p.rule(columnLeft, y, columnRight, y, 1.1, indigo)
	}
	return y
}

// indent is how far values stand in, to leave room for tags.
func (r row) indent() float64 {
	if r.values[0].tag == "" {
		return 0
	}
	return tagWidth
}

// cell breaks a row's values to the cell's width.
func (p *page) cell(r row) ([]tagged, style) {
	st, limit := r.style, valueWidth-r.indent()
	st.size = r.ways[0].size
	for _, v := range r.values {
		_, fitted := p.book.fit(v.value, st, limit, r.ways)
		st.size = min(st.size, fitted.size)
	}
	most := r.ways[len(r.ways)-1].lines
	var lines []tagged
	for _, v := range r.values {
		parts, _ := p.book.fit(v.value, st, limit, []fitting{{1, st.size}, {most, st.size}})
		for _, part := range parts {
			lines = append(lines, tagged{v.tag, part})
			v.tag = ""
		}
	}
	return lines, st
}

// signature draws the date at the left and the issuer at the right, between table and notes.
func (p *page) signature(tableEnd float64, c Certificate) {
	office, st := p.book.fit(c.Office, style{size: 15, spacing: 0.6, colour: ink}, 300, []fitting{{1, 15}, {1, 12.5}, {2, 11}, {2, 9}})
	const toIssuer, toOffice, toContact = 18.0, 2.0, 15.0
	leading := st.size * 1.45
	height := toIssuer + toOffice + leading*float64(len(office)) + toContact
	y := min(max(tableEnd+40, 606), notesTop-12-height)
	date := y
	y += toIssuer
	if date < tableEnd+24 { // a crowded page: date and issuer share a line
		date = y
	}
	if !c.Issued.IsZero() {
		width := p.text(columnLeft+2, date, left, style{size: 12, spacing: 0.4, colour: ink}, wareki(c.Issued))
		p.text(columnLeft+10+width, date-0.4, left, style{size: 8.5, colour: soft}, "（"+seireki(c.Issued)+"）")
	}
	p.text(columnRight, y, right, style{size: 11, spacing: 0.4, colour: ink}, issuerName)
	y += toOffice
	for _, line := range office {
		y += leading
		p.text(columnRight, y, right, st, line)
	}
	contact := joinPresent(c.OfficePhone, c.OfficeEmail)
	p.text(columnRight, y+toContact, right, p.shrunk(style{size: 8.5, colour: soft}, contact, columnWidth), contact)
}

// joinPresent puts what is not blank side by side.
func joinPresent(phone, email string) string {
	switch {
	case phone == "":
		return email
	case email == "":
		return tagPhone + "　" + phone
	}
	return tagPhone + "　" + phone + "　　" + email
}

// shrunk makes the style small enough for s to stand on one line.
func (p *page) shrunk(st style, s string, limit float64) style {
	if w := p.book.width(s, st); w > limit {
		st.size = math.Floor(100*st.size*limit/w) / 100
	}
	return st
}

// notes draws the foot: the QR code with its caption for agencies, and the notes for the company.
func (p *page) notes(c Certificate) error {
	p.rule(columnLeft, notesTop, columnRight, notesTop, 0.5, hair)
	x := columnLeft + 2
	if c.VerifyMailto != "" {
		const quiet = 6.0 // the quiet zone is white as the page: the code itself lines up with the column
		if err := p.qrCode(columnLeft-quiet, notesTop+6, c.VerifyMailto, ink); err != nil {
			return err
		}
		x = columnLeft + qrSide + 6
	}
	uses := []string{useNumber}
	if c.Concierge != "" {
		uses = append(uses, useConcierge)
	}
	y := p.note(x, notesTop+26, useHeading, uses)
	if c.VerifyMailto != "" {
		p.note(x, y+8, verifyHeading, []string{verifyNote})
	}
	return nil
}

// note draws a heading and its sentences, and returns the baseline after them.
func (p *page) note(x, y float64, heading string, sentences []string) float64 {
	p.diamond(x+2.5, y-3, 2.2, gold)
	p.text(x+10, y, left, style{size: 8.6, colour: indigo}, heading)
	y += 13
	for _, sentence := range sentences {
		p.text(x+10, y, left, p.shrunk(style{size: 8.2, colour: ink}, sentence, columnRight-x-10), sentence)
		y += 12.5
	}
	return y
}
