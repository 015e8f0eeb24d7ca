// Command crypt locks and opens packages, so that other programs can be held against it:
//
//	crypt lock PASSWORD IN OUT    as a sheet that leaves
//	crypt open PASSWORD IN OUT    as a sheet that came
//	crypt inspect IN              agile, standard, or why not
//	crypt excelize PASSWORD IN    excelize reads what was locked and prints its first sheet's texts
//
// An empty OUT writes nothing. It ends with 3 for a wrong password, 4 for a package that was changed, 1 for all else.
package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/xuri/excelize/v2"

	"uketsuke/internal/ooxmlcrypt"
)

func main() {
	err := run(os.Args[1:])
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "crypt:", err)
	switch {
	case errors.Is(err, ooxmlcrypt.ErrPassword):
		os.Exit(3)
	case errors.Is(err, ooxmlcrypt.ErrIntegrity):
		os.Exit(4)
	}
	os.Exit(1)
}

func run(args []string) error {
	switch {
	case len(args) == 4 && args[0] == "lock":
		return convert(args[2], args[3], func(b []byte) ([]byte, error) { return ooxmlcrypt.Encrypt(b, args[1], rand.Reader) })
	case len(args) == 4 && args[0] == "open":
		return convert(args[2], args[3], func(b []byte) ([]byte, error) { return ooxmlcrypt.Decrypt(b, args[1]) })
	case len(args) == 2 && args[0] == "inspect":
		return inspect(args[1])
	case len(args) == 3 && args[0] == "excelize":
		return texts(args[2], args[1])
	}
	return errors.New("usage: crypt lock|open PASSWORD IN OUT, crypt inspect IN, crypt excelize PASSWORD IN")
}

func convert(in, out string, how func([]byte) ([]byte, error)) error {
	b, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	if b, err = how(b); err != nil || out == "" {
		return err
	}
	return os.WriteFile(out, b, 0o644)
}

func inspect(in string) error {
	b, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	l, err := ooxmlcrypt.Inspect(b)
	if err != nil {
		return err
	}
	fmt.Println(l.Scheme)
	return nil
}

func texts(in, password string) error {
	f, err := excelize.OpenFile(in, excelize.Options{Password: password})
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	for _, row := range rows {
		fmt.Println(strings.Join(row, "\t"))
	}
	return err
}
