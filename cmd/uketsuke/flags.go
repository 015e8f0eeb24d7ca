package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"
)

// errHelp means that help was asked for and printed.
var errHelp = errors.New("help")

// flagSet is flag.FlagSet that takes flags before and after arguments and prints help worth reading.
type flagSet struct {
	*flag.FlagSet
	e *env
}

func (e *env) flags() *flagSet {
	fs := flag.NewFlagSet(e.sub.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	return &flagSet{fs, e}
}

// parse returns the arguments. "--" ends the flags.
func (f *flagSet) parse(args []string) ([]string, error) {
	var rest []string
	for {
		err := f.FlagSet.Parse(args)
		switch {
		case errors.Is(err, flag.ErrHelp):
			f.help()
			return nil, errHelp
		case err != nil:
			return nil, usagef("%s", err)
		}
		left := f.Args()
		if len(left) == 0 {
			return rest, nil
		}
		if consumed := len(args) - len(left); consumed > 0 && args[consumed-1] == "--" {
			return append(rest, left...), nil
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}

func (f *flagSet) help() {
	w := f.e.Out
	fmt.Fprintf(w, "Usage: uketsuke %s\n\n%s\n", strings.TrimSpace(f.e.sub.name+" "+f.e.sub.args), f.e.sub.brief)
	var lines [][2]string
	width := 0
	f.VisitAll(func(fl *flag.Flag) {
		kind, usage := flag.UnquoteUsage(fl)
		name := strings.TrimSpace("--" + fl.Name + " " + kind)
		lines, width = append(lines, [2]string{name, usage}), max(width, len(name))
	})
	if len(lines) > 0 {
		fmt.Fprint(w, "\nFlags:\n")
	}
	for _, l := range lines {
		fmt.Fprintf(w, "  %-*s  %s\n", width, l[0], l[1])
	}
}

// list is a flag that may stand several times.
type list []string

func (l *list) String() string     { return "[" + strings.Join(*l, ",") + "]" }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

// printJSON writes one object on a line of its own.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// fixed is a clock that stands.
func fixed(t time.Time) func() time.Time { return func() time.Time { return t } }
