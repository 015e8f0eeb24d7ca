package entrysheet

import "testing"

func TestNumberFormatsOfCellsAreReadAndNoOthers(t *testing.T) {
	const numFmts = `<numFmts count="3"><numFmt numFmtId="164" formatCode="#,##0&quot;千円&quot;"/><numFmt numFmtId="14" formatCode="ggge"/>` +
		`<numFmt numFmtId="164" formatCode="a second one of the number"/><numFmt formatCode="without a number"/></numFmts>`
	const xfs = `<cellStyleXfs><xf numFmtId="164"/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0"/><x:xf numFmtId="164"><alignment/></x:xf>` +
		`<xf numFmtId="14"/><xf/><xf numFmtId="22"/></cellXfs><cellStyles/>`
	const dxfs = `<dxfs><dxf><numFmt numFmtId="15" formatCode="of no cell"/></dxf></dxfs>`
	for name, c := range map[string]struct {
		part string
		want []string
	}{
		"in order":           {`<styleSheet xmlns:x="x">` + numFmts + xfs + dxfs + `</styleSheet>`, []string{"", `#,##0"千円"`, "ggge", "", "yyyy", ""}},
		"without own ones":   {`<styleSheet><numFmts/>` + xfs + dxfs + `</styleSheet>`, []string{"", "", "yyyy", "", "yyyy", ""}},
		"broken off":         {`<styleSheet>` + numFmts + `<cellXfs><xf numFmtId="164"/><xf numFm`, []string{`#,##0"千円"`, ""}},
		"nothing of it":      {`<styleSheet><fonts><font/></fonts></styleSheet>`, []string{""}},
		"no styles whatever": {"", []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			f := &cellFormats{codes: make(map[int]string)}
			f.scan(newXMLBytes([]byte(c.part)))
			for style, want := range c.want {
				if got := f.code(style); got != want {
					t.Errorf("style %d: got %q, want %q", style, got, want)
				}
			}
			if got := f.code(-1); got != "" {
				t.Errorf("style -1: got %q", got)
			}
		})
	}
}
