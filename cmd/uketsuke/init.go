package main

import (
	"context"
	"fmt"

	"uketsuke/internal/config"
)

var initCommand = subcommand{name: "init", brief: `Print a commented configuration to start from.

  uketsuke init > uketsuke.toml
  # fill it in, then
  uketsuke check --config uketsuke.toml --create`,
	run: func(_ context.Context, e *env, args []string) error {
		if rest, err := e.flags().parse(args); err != nil {
			return err
		} else if len(rest) > 0 {
			return usagef("takes no arguments; redirect its output into a file")
		}
		_, err := fmt.Fprint(e.Out, config.Example())
		return err
	}}
