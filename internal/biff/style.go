package biff

// Font is a font of the workbook.
type Font struct {
	Name          string
	Size          float64 // points
	Bold, Italic  bool
	Strike, Under bool
	color         int
}

// Style is a cell style (XF).
type Style struct {
	Font                 int // index in Book.Fonts
	Format               int // key of Book.Formats, or a built-in one (ECMA-376 part 1, 18.8.30)
	Horizontal, Vertical int // as MS-XLS 2.5.130 HorizAlign and VertAlign number them
	Wrap, Shrink         bool
	Indent, Rotation     int
	Borders              [4]Border // left, right, top, bottom
	Pattern              int       // of the fill; 0 none, 1 solid
	fore, back           int
}

// Border is one side of a cell; Line 0 is none (MS-XLS 2.5.11 BorderStyle).
type Border struct {
	Line  int
	color int
}

func readFont(b []byte) Font {
	f := Font{Size: float64(u16(b, 0)) / 20, color: u16(b, 4), Bold: u16(b, 6) >= 600,
		Italic: u16(b, 2)&2 != 0, Strike: u16(b, 2)&8 != 0}
	if len(b) > 10 {
		f.Under = b[10] != 0
	}
	if len(b) > 16 {
		f.Name, _ = shortText(b[14:], 1)
	}
	return f
}

func readStyle(b []byte) Style {
	if len(b) < 20 {
		return Style{}
	}
	sides, rest, fill := u32(b, 10), u32(b, 14), u16(b, 18)
	s := Style{Font: u16(b, 0), Format: u16(b, 2), Horizontal: int(b[6] & 7), Wrap: b[6]&8 != 0, Vertical: int(b[6] >> 4 & 7),
		Rotation: int(b[7]), Indent: int(b[8] & 15), Shrink: b[8]&16 != 0, Pattern: int(rest >> 26 & 63), fore: fill & 127, back: fill >> 7 & 127}
	for i := range s.Borders {
		s.Borders[i].Line = int(sides >> (4 * i) & 15)
	}
	s.Borders[0].color, s.Borders[1].color = int(sides>>16&127), int(sides>>23&127)
	s.Borders[2].color, s.Borders[3].color = int(rest&127), int(rest>>7&127)
	if s.Font >= 4 {
		s.Font-- // no font has the index 4 (MS-XLS 2.5.129)
	}
	return s
}

// FontColor, FillColor and BorderColor are RGB values; false where it is the
// system's own.
func (b *Book) FontColor(f Font) (uint32, bool) { return b.color(f.color) }
func (b *Book) FillColor(s Style) (uint32, bool) {
	if s.Pattern == 0 {
		return 0, false
	}
	return b.color(s.fore)
}
func (b *Book) BorderColor(s Border) (uint32, bool) { return b.color(s.color) }

// color looks a color index up (MS-XLS 2.5.161 Icv): eight fixed ones, then the
// palette's.
func (b *Book) color(icv int) (uint32, bool) {
	switch {
	case icv < 8:
		return defaultPalette[icv], true
	case icv-8 < len(b.palette):
		return b.palette[icv-8], true
	case icv-8 < len(defaultPalette):
		return defaultPalette[icv-8], true
	}
	return 0, false
}

// defaultPalette is Excel's own; its first eight are the fixed ones too.
var defaultPalette = []uint32{
	0x000000, 0xFFFFFF, 0xFF0000, 0x00FF00, 0x0000FF, 0xFFFF00, 0xFF00FF, 0x00FFFF,
	0x800000, 0x008000, 0x000080, 0x808000, 0x800080, 0x008080, 0xC0C0C0, 0x808080,
	0x9999FF, 0x993366, 0xFFFFCC, 0xCCFFFF, 0x660066, 0xFF8080, 0x0066CC, 0xCCCCFF,
	0x000080, 0xFF00FF, 0xFFFF00, 0x00FFFF, 0x800080, 0x800000, 0x008080, 0x0000FF,
	0x00CCFF, 0xCCFFFF, 0xCCFFCC, 0xFFFF99, 0x99CCFF, 0xFF99CC, 0xCC99FF, 0xFFCC99,
	0x3366FF, 0x33CCCC, 0x99CC00, 0xFFCC00, 0xFF9900, 0xFF6600, 0x666699, 0x969696,
	0x003366, 0x339966, 0x003300, 0x333300, 0x993300, 0x993366, 0x333399, 0x333333,
}
