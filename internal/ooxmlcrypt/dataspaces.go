package ooxmlcrypt

import (
	"unicode/utf16"

	"uketsuke/internal/cfb"
)

// dataSpaces is the storage that says how EncryptedPackage is transformed ([MS-OFFCRYPTO] 2.1, 2.3.4.1 to 2.3.4.3): the
// stream belongs to a data space, whose one transform is the strong encryption. fill writes the contents into the
// places that Layout has given them.
func dataSpaces() (storage *cfb.Node, fill func()) {
	var streams []*cfb.Node
	var contents []record
	stream := func(name string, content record) *cfb.Node {
		s := cfb.NewStream(name, len(content))
		streams, contents = append(streams, s), append(contents, content)
		return s
	}
	const space, transform = "StrongEncryptionDataSpace", "StrongEncryptionTransform"
	storage = cfb.NewStorage("\x06DataSpaces",
		stream("Version", record{}.text("Microsoft.Container.DataSpaces").versions()),
		// a header of 8 bytes and one entry: of one stream, its name, the data space
		stream("DataSpaceMap", record{}.numbers(8, 1).sized(record{}.numbers(1, 0).text("EncryptedPackage").text(space))),
		cfb.NewStorage("DataSpaceInfo", stream(space, record{}.numbers(8, 1).text(transform))),
		cfb.NewStorage("TransformInfo", cfb.NewStorage(transform, stream("\x06Primary", primary()))))
	return storage, func() {
		for i, s := range streams {
			copy(s.Content, contents[i])
		}
	}
}

// primary describes the transform ([MS-OFFCRYPTO] 2.1.8, 2.1.9): its type, id and name. The algorithm's name is left
// empty by agile encryption, whose EncryptionInfo says it.
func primary() record {
	id := record{}.numbers(1).text("{FF9A3F03-56EF-4613-BDD5-5A41C1D07246}")
	return record{}.sized(id).text("Microsoft.Container.EncryptionTransform").versions().numbers(0, 0, 0, 4)
}

// record builds the structures of [MS-OFFCRYPTO] 2.1, little-endian.
type record []byte

func (r record) numbers(ns ...uint32) record {
	for _, n := range ns {
		r = le.AppendUint32(r, n)
	}
	return r
}

// text is a UNICODE-LP-P4 ([MS-OFFCRYPTO] 2.1.2): length in bytes, UTF-16LE, zeros up to a multiple of four bytes.
func (r record) text(s string) record {
	units := utf16.Encode([]rune(s))
	r = r.numbers(uint32(2 * len(units)))
	for _, u := range units {
		r = le.AppendUint16(r, u)
	}
	return append(r, make([]byte, -len(r)&3)...)
}

// sized appends a structure that begins with its own length, these four bytes included.
func (r record) sized(content record) record {
	return append(r.numbers(uint32(4+len(content))), content...)
}

// versions are reader, updater and writer, each 1.0.
func (r record) versions() record { return r.numbers(1, 1, 1) }
