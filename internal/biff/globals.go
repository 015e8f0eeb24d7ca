package biff

// tab is a sheet as the globals list it.
type tab struct {
	name   string
	pos    int
	hidden bool
	kind   int
}

const tabWorksheet = 0

// versionBIFF8 is the version in a BOF record of Excel 97 and later.
const versionBIFF8 = 0x0600

// globals reads the workbook's own records, up to their EOF.
func (r *reader) globals() error {
	rec, err := r.next()
	if err != nil {
		return err
	}
	if rec.kind&0xFF != recBOF&0xFF || u16(rec.body, 0) != versionBIFF8 {
		return ErrVersion
	}
	for {
		rec, err := r.next()
		if err != nil {
			return err
		}
		switch rec.kind {
		case recEOF:
			return nil
		case recFilePass:
			return ErrEncrypted
		case recSST:
			err = r.sharedStrings(rec)
		default:
			err = r.global(rec.kind, rec.body)
		}
		if err != nil {
			return err
		}
	}
}

func (r *reader) global(kind uint16, b []byte) error {
	switch kind {
	case recDate1904:
		r.book.Date1904 = u16(b, 0) == 1
	case recSheet:
		return r.boundSheet(b)
	case recFormat:
		if len(b) > 4 {
			code, err := shortText(b[2:], 2)
			if err != nil {
				return nil // a format that cannot be read shows as General
			}
			if code, err = r.addText(code); err != nil {
				return err
			}
			r.book.Formats[u16(b, 0)] = code
		}
	case recFont:
		r.book.Fonts = append(r.book.Fonts, readFont(b))
	case recXF:
		r.book.Styles = append(r.book.Styles, readStyle(b))
	case recPalette:
		for i := range min(u16(b, 0), (len(b)-2)/4) {
			r.book.palette = append(r.book.palette, uint32(b[2+4*i])<<16|uint32(b[3+4*i])<<8|uint32(b[4+4*i]))
		}
	case recExtSheet:
		for i := range min(u16(b, 0), (len(b)-2)/6) {
			r.book.refs = append(r.book.refs, u16(b, 2+6*i+2))
		}
	}
	return nil
}

func (r *reader) boundSheet(b []byte) error {
	if len(b) < 8 {
		return errShort
	}
	if len(r.book.tabs) >= r.lim.Sheets {
		return tooBig("sheets", r.lim.Sheets)
	}
	name, err := shortText(b[6:], 1)
	if err != nil {
		return err
	}
	r.book.tabs = append(r.book.tabs, tab{name: name, pos: int(int32(u32(b, 0))), hidden: b[4]&3 != 0, kind: int(b[5])})
	return nil
}

// sharedStrings reads the table of shared strings (MS-XLS 2.4.265). The count
// that the table gives of itself is often wrong: what is there is counted.
func (r *reader) sharedStrings(rec record) error {
	s, err := r.continued(rec)
	if err != nil {
		return err
	}
	if err := s.skip(8); err != nil {
		return err
	}
	for !s.done() {
		if len(r.book.strings) >= r.lim.Strings {
			return tooBig("shared strings", r.lim.Strings)
		}
		text, err := s.text(2)
		if err != nil {
			return nil // cells that name the strings which are missing are then blank
		}
		if text, err = r.addText(text); err != nil {
			return err
		}
		r.book.strings = append(r.book.strings, text)
	}
	return nil
}
