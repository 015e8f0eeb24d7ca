package archive

import (
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// File is one file of an archive.
type File struct {
	Path  string // with "/", relative
	Guess string // how the path's charset was guessed
	Data  []byte // nil where Err is set; it may share memory with the archive
	// Err says why the file cannot be had: ErrLocked, or that it is damaged or packed in a way that nobody here knows.
	Err error
}

// ErrLocked is the error of a file whose password is not among the candidates.
var ErrLocked = errors.New("read archive: a password is missing")

// Opened is what an archive holds.
type Opened struct {
	Files []File
	// Password opened it; "" when none was needed or none fits.
	Password string
	// Locked reports whether a file stayed closed for want of a password.
	Locked bool
}

// Options say how to open an archive.
type Options struct {
	Limits    Limits
	Decode    Decoder  // for names without a charset; nil: as they are
	Passwords []string // candidates, the likeliest first
}

// directoryFactor is how many directory signatures, as times the entries allowed, a ZIP may hold before its directory
// is even read: archives stored inside it have their own.
const directoryFactor = 20

// OpenZIP opens a ZIP. The error is ErrBroken, or a *LimitError; what is wrong with one file is that file's.
func OpenZIP(data []byte, o Options) (*Opened, error) {
	if o.Decode == nil {
		o.Decode = func(raw []byte) (string, string) { return string(bytes.ToValidUTF8(raw, []byte("\uFFFD"))), "" }
	}
	if o.Limits.Entries > 0 && bytes.Count(data, []byte("PK\x01\x02")) > directoryFactor*o.Limits.Entries {
		return nil, &LimitError{"entries", int64(o.Limits.Entries)}
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	files, err := regular(r, o.Limits, len(data))
	if err != nil {
		return nil, err
	}
	z := &opener{Options: o, data: data, zipped: files}
	z.findPassword()
	return z.expand(), nil
}

// regular are the entries that are files, after the directory was held against the limits.
func regular(r *zip.Reader, l Limits, packed int) ([]*zip.File, error) {
	if l.Entries > 0 && len(r.File) > l.Entries {
		return nil, &LimitError{"entries", int64(l.Entries)}
	}
	var files []*zip.File
	var declared uint64
	for _, f := range r.File {
		if f.UncompressedSize64 > 1<<40 {
			return nil, l.unpacks(f.UncompressedSize64, packed)
		}
		if declared += f.UncompressedSize64; f.Mode().IsRegular() && f.Name != "" && f.Name[len(f.Name)-1] != '/' {
			files = append(files, f)
		}
	}
	return files, l.unpacks(declared, packed)
}

// opener is one opening of one archive.
type opener struct {
	Options
	data   []byte
	zipped []*zip.File
	found  string // the candidate that fits, as given
	key    string // and as the archive's maker spelled it
	fits   bool   // one was found
}

// expand opens every file with the password that was found.
func (z *opener) expand() *Opened {
	out := &Opened{Password: z.found}
	for _, f := range z.zipped {
		path, guess := nameOf(f, z.Decode)
		if path == "" || isLitter(path) {
			continue
		}
		file := File{Path: path, Guess: guess}
		if encrypted(f) && !z.fits {
			file.Err = ErrLocked
		} else {
			file.Data, file.Err = z.read(f, z.key)
		}
		if errors.Is(file.Err, errWrongPassword) {
			file.Err = ErrLocked // each file may have a password of its own
		}
		out.Locked = out.Locked || errors.Is(file.Err, ErrLocked)
		out.Files = append(out.Files, file)
	}
	return out
}

// read expands one file.
func (z *opener) read(f *zip.File, password string) ([]byte, error) {
	raw, err := z.rawContent(f)
	if err != nil {
		return nil, err
	}
	method, checked := f.Method, true // whether the checksum counts
	if encrypted(f) {
		if raw, method, checked, err = decrypt(f, raw, password); err != nil {
			return nil, err
		}
	}
	data, err := inflate(raw, method, f.UncompressedSize64)
	switch {
	case err != nil && encrypted(f) && f.Method != methodAES:
		return nil, errWrongPassword // ZipCrypto says so only by nonsense
	case err != nil:
		return nil, fmt.Errorf("read archive: a file is damaged: %w", err)
	case checked && crc32.ChecksumIEEE(data) != f.CRC32:
		if encrypted(f) && f.Method != methodAES {
			return nil, errWrongPassword
		}
		return nil, errors.New("read archive: a file is damaged: its checksum is another")
	}
	return data, nil
}

// rawContent is a file's content as it lies in the archive, whose memory it shares.
func (z *opener) rawContent(f *zip.File) ([]byte, error) {
	at, err := f.DataOffset()
	if err != nil {
		return nil, fmt.Errorf("read archive: a file cannot be found: %w", err)
	}
	if at < 0 || at > int64(len(z.data)) || f.CompressedSize64 > uint64(int64(len(z.data))-at) {
		return nil, errors.New("read archive: a file is cut off")
	}
	return z.data[at : at+int64(f.CompressedSize64)], nil
}

// mostInflated is how much more than its input deflate can hold.
const mostInflated = 1032

// inflate expands raw to exactly size bytes, which the limits have allowed. The buffer grows with what really comes.
func inflate(raw []byte, method uint16, size uint64) ([]byte, error) {
	var r io.Reader
	switch method {
	case zip.Store:
		if uint64(len(raw)) != size {
			return nil, errors.New("another size than declared")
		}
		return raw, nil
	case zip.Deflate:
		r = flate.NewReader(bytes.NewReader(raw))
	case 12:
		r = bzip2.NewReader(bytes.NewReader(raw))
	default:
		return nil, fmt.Errorf("packed by method %d, which is not known here", method)
	}
	var b bytes.Buffer
	b.Grow(int(min(size, mostInflated*uint64(len(raw)))) + bytes.MinRead + 1)
	n, err := io.Copy(&b, io.LimitReader(r, int64(size)+1))
	if err == nil && uint64(n) != size {
		err = errors.New("another size than declared")
	}
	return b.Bytes(), err
}
