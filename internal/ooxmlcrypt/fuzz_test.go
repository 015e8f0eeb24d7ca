package ooxmlcrypt

import "testing"

// FuzzDecrypt: whatever the bytes are, the answer comes soon, and what is opened is no larger than the file.
func FuzzDecrypt(f *testing.F) {
	pkg := make([]byte, 5000)
	f.Add(agileVariant{hash: "SHA1", keyBits: 128, rounds: 1}.file(f, pkg, "x"))
	f.Add(agileVariant{hash: "SHA512", keyBits: 256, rounds: 1}.file(f, pkg[:20], "x"))
	f.Add(standardFile(f, pkg[:20], "x", 0x660E, nil))
	f.Fuzz(func(t *testing.T, file []byte) {
		l, err := Inspect(file)
		if err != nil {
			return
		}
		block := mustAES(make([]byte, 16))
		if l.Scheme == Agile && l.Rounds < 100 {
			if k, err := l.Verify("x"); err == nil {
				block = k.block
			}
		}
		if out, err := l.how.decrypt(block, l.stream, l.size); err == nil && len(out) > len(file) {
			t.Fatalf("%d bytes of a file of %d", len(out), len(file))
		}
	})
}

// FuzzDescriptor: what the parser lets pass, verifying and checking can work with.
func FuzzDescriptor(f *testing.F) {
	f.Add([]byte(excelDescriptor))
	f.Add([]byte(`<encryption><keyData saltSize="1" saltValue="AA=="/></encryption>`))
	f.Fuzz(func(t *testing.T, xml []byte) {
		d, key, err := parseDescriptor(xml)
		if err != nil {
			return
		}
		key.SpinCount = min(key.SpinCount, 10)
		a := &agile{d, key}
		if block, ok := a.verify("x"); ok {
			a.intact(block, xml)
		}
		a.intact(mustAES(make([]byte, a.KeyData.KeyBits/8)), xml)
	})
}
