// Command uketsuke sits in an office mailbox and does the casework that comes in by mail.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	_ "time/tzdata" // business is in Asia/Tokyo, also on machines without zone files
)

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	os.Exit(Run(context.Background(), os.Args[1:], Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, os.Getenv))
}

// An office's machine is small (qualities.md): the garbage collector takes its time until memoryLimit, and works harder
// above it. SQLite's caches and the program's own pages come on top, about 35 MiB.
const (
	memoryLimit = 49 << 20
	gcPercent   = 200
)

// Streams are where a subcommand reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Exit codes, cli.md.
const (
	exitDone  = 0 // it did its work; a sheet with problems is work done
	exitFail  = 1 // it could not
	exitUsage = 2 // it was called wrongly
)

// usageError is a wrong call: printed with the subcommand's usage, exit 2.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// subcommand is one verb of the program, each in a file of its own.
type subcommand struct {
	name, args, brief string
	run               func(ctx context.Context, e *env, args []string) error
}

// env is what a subcommand has of the world.
type env struct {
	Streams
	getenv func(string) string
	sub    subcommand
}

func subcommands() []subcommand {
	return []subcommand{demoCommand, runCommand, checkCommand, initCommand, sheetCommand, readCommand, tryCommand,
		casesCommand, caseCommand, outboxCommand, dueCommand, statsCommand, lettersCommand, digestCommand, auditCommand, versionCommand}
}

// Run is main with everything passed in, so that tests can call it.
func Run(ctx context.Context, args []string, s Streams, getenv func(string) string) int {
	if len(args) == 2 && isHelp(args[0]) {
		args = []string{args[1], "--help"}
	}
	if len(args) == 0 || isHelp(args[0]) {
		w := s.Out
		if len(args) == 0 {
			w = s.Err
		}
		printOverview(w)
		if len(args) == 0 {
			return exitUsage
		}
		return exitDone
	}
	all := subcommands()
	i := slices.IndexFunc(all, func(c subcommand) bool { return c.name == args[0] })
	if i < 0 {
		fmt.Fprintf(s.Err, "uketsuke: unknown command %q\nRun 'uketsuke --help' for the commands.\n", args[0])
		return exitUsage
	}
	out := &output{w: s.Out}
	s.Out = out
	e := &env{Streams: s, getenv: getenv, sub: all[i]}
	err := all[i].run(ctx, e, args[1:])
	if err == nil && out.err != nil {
		err = fmt.Errorf("write the output: %w", out.err)
	}
	var usage *usageError
	switch {
	case err == nil, errors.Is(err, errHelp):
		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintf(s.Err, "uketsuke %s: %s\nRun 'uketsuke %s --help' for its use.\n", all[i].name, usage.text, all[i].name)
		return exitUsage
	case errors.Is(err, errSilent):
		return exitFail
	}
	fmt.Fprintf(s.Err, "uketsuke %s: %v\n", all[i].name, err)
	return exitFail
}

// output remembers the first failure to write, so that a full disk is no success.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (n int, err error) {
	if o.err == nil {
		n, o.err = o.w.Write(p)
	}
	return n, o.err
}

// errSilent ends with exit code 1 when everything was said already.
var errSilent = errors.New("said already")

func isHelp(s string) bool { return s == "--help" || s == "-h" || s == "-help" || s == "help" }

func printOverview(w io.Writer) {
	fmt.Fprint(w, `uketsuke (受付) is an intake robot that lives in an office mailbox: agencies mail
entry sheets as they always did, it reads, numbers, assigns and answers.

Usage: uketsuke COMMAND [flags] [arguments]

`)
	for _, c := range subcommands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, strings.SplitN(c.brief, "\n", 2)[0])
	}
	fmt.Fprint(w, `
'uketsuke COMMAND --help' tells more. Start with 'uketsuke demo': it needs nothing.
`)
}
