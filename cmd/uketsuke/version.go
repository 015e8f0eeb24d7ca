package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

var versionCommand = subcommand{name: "version", args: "[--json]", brief: "Print the version of the program and of Go.",
	run: func(_ context.Context, e *env, args []string) error {
		fs := e.flags()
		asJSON := fs.Bool("json", false, "print one JSON object")
		if rest, err := fs.parse(args); err != nil {
			return err
		} else if len(rest) > 0 {
			return usagef("takes no arguments, only flags")
		}
		version, revision := "devel", ""
		if info, ok := debug.ReadBuildInfo(); ok {
			if v := info.Main.Version; v != "" && v != "(devel)" {
				version = v
			}
			for _, s := range info.Settings {
				if s.Key == "vcs.revision" {
					revision = s.Value
				}
			}
		}
		if *asJSON {
			return printJSON(e.Out, map[string]string{"version": version, "revision": revision, "go": runtime.Version()})
		}
		fmt.Fprintf(e.Out, "uketsuke %s %s %s\n", version, revision, runtime.Version())
		return nil
	}}
