package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"uketsuke/internal/archive"
	"uketsuke/internal/casework"
	"uketsuke/internal/entrysheet"
	"uketsuke/internal/inbound"
	"uketsuke/internal/ooxmlcrypt"
)

// FileKind is what an attachment is.
type FileKind string

// The kinds of attachments.
const (
	FileEntrySheet FileKind = "entry-sheet"
	FileWorkbook   FileKind = "other-workbook"
	FileLocked     FileKind = "locked"     // a password is missing
	FileUnreadable FileKind = "unreadable" // a workbook or archive that cannot be read here
	FileArchive    FileKind = "archive"
	FileOther      FileKind = "file"
)

// File is an attachment and what it is.
type File struct {
	inbound.Attachment
	Kind  FileKind
	Sheet *entrysheet.Sheet // for workbooks
	// Files are those inside: of an archive, a winmail.dat, or a mail that lies in an archive.
	Files []File
	// Password is the one of Settings.Passwords that opened it, Plain what a locked workbook then is. Data stays as it came.
	Password string
	Plain    []byte
	// Waits tells of a locked file that a password would open.
	Waits bool
	// Reason says in Japanese why it is locked or unreadable, or an archive that nobody opens here; "" otherwise.
	Reason string
}

// Bounds of what the archives of one mail may hold together (trust.md "Bounds").
const (
	maxFiles    = 200
	maxUnpacked = 64 << 20 // bytes
	maxDepth    = 8
	maxRounds   = 12 * ooxmlcrypt.MaxRounds // hashes that trying passwords may take, about a minute of one core
)

// examiner tells what the files of one mail are, and opens those that hold others.
type examiner struct {
	Settings
	today    time.Time
	files    int   // that may still come out of archives
	unpacked int64 // bytes that they may still have
	rounds   int   // that trying passwords may still take
}

func newExaminer(today time.Time, s Settings) *examiner {
	return &examiner{Settings: s, today: today, files: maxFiles, unpacked: maxUnpacked, rounds: maxRounds}
}

// examine tells a file by its bytes.
func (x *examiner) examine(a inbound.Attachment, depth int) File {
	f := File{Attachment: a, Kind: FileOther}
	if len(a.Inside) > 0 { // a winmail.dat
		f.Kind = FileArchive
		f.Files = x.inside(a.Inside, depth)
		return f
	}
	switch entrysheet.Sniff(a.Data) {
	case entrysheet.FormatOther, entrysheet.FormatZip:
		x.archive(&f, depth)
		return asNamed(f)
	case entrysheet.FormatOLE:
		return asNamed(f)
	case entrysheet.FormatEncrypted:
		if x.unlock(&f, depth) {
			return f
		}
	}
	f.Sheet = entrysheet.Read(a.Data, x.Layout, x.today, x.Limits)
	f.Reason = f.Sheet.Reason
	switch f.Sheet.Kind {
	case entrysheet.KindEntrySheet:
		f.Kind = FileEntrySheet
	case entrysheet.KindOtherWorkbook:
		f.Kind = FileWorkbook
	case entrysheet.KindLocked:
		f.Kind, f.Waits = FileLocked, true
		x.unlockOld(&f, depth)
	case entrysheet.KindUnreadable:
		f.Kind = FileUnreadable
	}
	return f
}

// brokenWorkbook is told of a file that is called a workbook and is none.
const brokenWorkbook = "ファイルが壊れているか、Excelブックとして読み取れない形式のため、開くことができません。"

// asNamed keeps a file that is called a workbook, but is none by its bytes, from passing for an ordinary attachment: a
// person has to look whether it is an entry sheet.
func asNamed(f File) File {
	switch strings.ToLower(path.Ext(f.Name)) {
	case ".xls", ".xlsx", ".xlsm", ".xlsb":
		if f.Kind == FileOther {
			f.Kind, f.Reason = FileUnreadable, brokenWorkbook
		}
	}
	return f
}

// unlock opens an encrypted package with the password that Excel tries before it asks, or with a candidate, and tells
// what comes out. false: it stays locked.
func (x *examiner) unlock(f *File, depth int) bool {
	lock, err := ooxmlcrypt.Inspect(f.Data)
	var other *ooxmlcrypt.UnsupportedError
	if errors.As(err, &other) {
		f.Kind, f.Reason = FileLocked, other.Reason()
		return true
	}
	if err != nil || depth > maxDepth {
		return false
	}
	key, err := x.find(lock)
	if err != nil {
		return false
	}
	plain, err := key.Decrypt()
	if err != nil {
		return false
	}
	open := x.examine(inbound.Attachment{Name: f.Name, Path: f.Path, Data: plain}, depth+1)
	f.Kind, f.Sheet, f.Files, f.Reason, f.Waits, f.Plain = open.Kind, open.Sheet, open.Files, open.Reason, open.Waits, plain
	if key.Password != ooxmlcrypt.VelvetSweatshop {
		f.Password = key.Password
	}
	return true
}

// find looks for the right password, as long as this mail may still cost some.
func (x *examiner) find(lock *ooxmlcrypt.Lock) (*ooxmlcrypt.Key, error) {
	candidates := append([]string{ooxmlcrypt.VelvetSweatshop}, x.Passwords...)
	if n := 1 + max(0, x.rounds)/max(1, lock.Rounds); n < len(candidates) {
		candidates = candidates[:n]
	}
	key, err := lock.Find(candidates)
	tried := len(candidates)
	if err == nil {
		tried = 1 + slices.Index(candidates, key.Password)
	}
	x.rounds -= min(tried*lock.Rounds, ooxmlcrypt.MaxRounds)
	return key, err
}

// unlockOld is unlock for a .xls (BIFF8), where trying a password costs microseconds.
func (x *examiner) unlockOld(f *File, depth int) {
	if entrysheet.Sniff(f.Data) != entrysheet.FormatXLS || depth > maxDepth {
		return
	}
	for _, password := range x.Passwords[:min(len(x.Passwords), ooxmlcrypt.MaxCandidates)] {
		plain, err := entrysheet.UnlockXLS(f.Data, password)
		if errors.Is(err, entrysheet.ErrPassword) {
			continue
		}
		if err != nil {
			f.Waits = false // no password will open it
			return
		}
		open := x.examine(inbound.Attachment{Name: f.Name, Path: f.Path, Data: plain}, depth+1)
		f.Kind, f.Sheet, f.Files, f.Reason, f.Waits, f.Plain, f.Password = open.Kind, open.Sheet, open.Files, open.Reason, open.Waits, plain, password
		return
	}
}

func (x *examiner) inside(files []inbound.Attachment, depth int) []File {
	var list []File
	for _, a := range files {
		list = append(list, x.examine(a, depth+1))
	}
	return list
}

// archive opens a ZIP, and names the archives that are none.
func (x *examiner) archive(f *File, depth int) {
	format := archive.Sniff(f.Data)
	switch {
	case format == archive.None || isDocument(f.Name):
		return
	case format != archive.ZIP:
		f.Kind, f.Reason = FileArchive, fmt.Sprintf("圧縮ファイル（%s形式）のため、中のエントリーシートを自動では読み取れません。", format)
		return
	case depth > maxDepth:
		f.Kind, f.Reason = FileUnreadable, fmt.Sprintf("圧縮ファイルが%d階層を超えて重なっているため、開いておりません。", maxDepth)
		return
	}
	if x.files <= 0 || x.unpacked <= 0 {
		f.Kind, f.Reason = FileUnreadable, archiveReason(&archive.LimitError{})
		return
	}
	limits := archive.DefaultLimits(x.Inbound.Limits.Now)
	limits.Entries, limits.Unpacked = x.files, x.unpacked
	opened, err := archive.OpenZIP(f.Data, archive.Options{Limits: limits, Passwords: x.Passwords,
		Decode: archivedName})
	if err != nil {
		f.Kind, f.Reason = FileUnreadable, archiveReason(err)
		return
	}
	f.Kind, f.Password = FileArchive, opened.Password
	if opened.Locked {
		f.Kind, f.Waits, f.Reason = FileLocked, true, "圧縮ファイル（ZIP）にパスワードが設定されております。"
	}
	x.files -= len(opened.Files)
	for _, g := range opened.Files {
		x.unpacked -= int64(len(g.Data))
	}
	for _, g := range opened.Files {
		f.Files = append(f.Files, x.unzipped(f, g, depth+1))
	}
}

// archivedName reads a name that an archive holds without saying in which charset: UTF-8 where it is that, as Apple
// writes it, else what Windows writes here.
func archivedName(raw []byte) (name, guess string) {
	charset := "cp932"
	if utf8.Valid(raw) {
		charset = "utf-8"
	}
	if name, guess = inbound.DecodeText(raw, charset); guess == "" && utf8.RuneCountInString(name) != len(name) {
		guess = charset + " (none declared)"
	}
	return name, guess
}

func archiveReason(err error) string {
	var limit *archive.LimitError
	if errors.As(err, &limit) {
		return "圧縮ファイルの中のファイル数または展開後の大きさが、お受けできる上限を超えております。展開しておりません。"
	}
	return "圧縮ファイルが壊れているため、開くことができませんでした。"
}

// unzipped tells a file of an archive, and those in it where it is a mail.
func (x *examiner) unzipped(zip *File, g archive.File, depth int) File {
	parts := strings.Split(g.Path, "/")
	for i := range parts {
		parts[i] = inbound.CleanName(parts[i])
	}
	a := inbound.Attachment{Name: parts[len(parts)-1], Path: zip.Path + "/" + path.Join(parts...),
		Data: g.Data, SHA256: sha256.Sum256(g.Data), Guess: g.Guess}
	switch {
	case errors.Is(g.Err, archive.ErrLocked):
		return File{Attachment: a, Kind: FileLocked, Reason: zip.Reason}
	case g.Err != nil:
		return File{Attachment: a, Kind: FileUnreadable,
			Reason: "圧縮ファイルの中のファイルが壊れているか、対応していない方式で圧縮されております。"}
	}
	f := x.examine(a, depth)
	if f.Kind == FileOther && strings.EqualFold(path.Ext(g.Path), ".eml") && depth <= maxDepth {
		x.mail(&f, depth)
	}
	return f
}

// mail opens a mail that lies in an archive.
func (x *examiner) mail(f *File, depth int) {
	limits := x.Inbound.Limits
	limits.Depth, limits.Parts = max(1, maxDepth-depth), max(1, x.files)
	m, err := inbound.Parse(f.Data, inbound.Options{Limits: limits})
	if err != nil {
		return
	}
	x.files -= len(m.Attachments)
	for i := range m.Attachments {
		m.Attachments[i].Path = path.Join(f.Path, m.Attachments[i].Path)
	}
	f.Files = x.inside(m.Attachments, depth)
}

// isDocument tells packages that are zips by format but no archives to a person.
func isDocument(name string) bool {
	switch strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")) {
	case "docx", "docm", "pptx", "pptm", "odt", "odp", "epub", "jar", "apk", "xps", "pages", "key", "numbers":
		return true
	}
	return false
}

// sheets moves entry sheets and what a person has to open into the input. password is the one of the file that holds
// them, "" none.
func (u *Understood) sheets(files []File, password string, s Settings) {
	for _, f := range files {
		under := password
		if f.Password != "" {
			under = f.Password
		}
		switch f.Kind {
		case FileEntrySheet:
			u.sheet(f, under, s)
			continue
		case FileLocked, FileUnreadable:
			u.Input.Locked = append(u.Input.Locked, casework.LockedFile{Name: f.Path, What: string(f.Kind), Reason: f.Reason, Waits: f.Waits})
		case FileArchive:
			if f.Reason != "" {
				u.Input.Locked = append(u.Input.Locked, casework.LockedFile{Name: f.Path, What: string(f.Kind), Reason: f.Reason})
			}
		}
		u.sheets(withoutLocked(f), under, s)
	}
}

// sheet moves one entry sheet into the input. What came under a password is kept as it is inside, and the password apart.
func (u *Understood) sheet(f File, password string, s Settings) {
	data, sum := f.Data, f.SHA256
	if f.Plain != nil {
		data, sum = f.Plain, sha256.Sum256(f.Plain) // the same sheet locked twice has other bytes
	}
	hash := hex.EncodeToString(sum[:])
	u.Blobs[hash] = data
	if password != "" {
		u.Passwords[hash] = password
	}
	u.Input.Sheets = append(u.Input.Sheets, casework.SheetIn{
		File:  casework.SheetFile{Blob: hash, Name: f.Name, Size: int64(len(data)), Old: entrysheet.Sniff(data) == entrysheet.FormatXLS, Protected: password != ""},
		Entry: Entry(f.Sheet), Problems: Problems(f.Sheet, s.Layout)})
}

// Opened lists the passwords that opened files, each once.
func Opened(files []File) []string {
	var out []string
	for _, f := range files {
		for _, p := range append([]string{f.Password}, Opened(f.Files)...) {
			if p != "" && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// withoutLocked are the files in f that are told apart from it: an archive's locked files are told with the archive.
func withoutLocked(f File) []File {
	if f.Kind != FileLocked {
		return f.Files
	}
	var open []File
	for _, g := range f.Files {
		if g.Kind != FileLocked {
			open = append(open, g)
		}
	}
	return open
}
