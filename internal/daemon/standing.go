package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"uketsuke/internal/casework"
	"uketsuke/internal/config"
	"uketsuke/internal/roster"
	"uketsuke/internal/store"
)

// laid is the roster with what the office has laid over it by mail.
func laid(cfg *config.Config) func(casework.Standing) casework.Roster {
	layers := roster.NewLayers(cfg.Roster())
	return func(s casework.Standing) casework.Roster { return layers.Over(s) }
}

// Standing reads what the office has laid over its roster by mail; where there is no database yet, that is nothing.
func Standing(ctx context.Context, cfg *config.Config, at time.Time) (casework.Standing, error) {
	keys, err := ReadKeys(cfg.DataDir)
	if errors.Is(err, fs.ErrNotExist) {
		return casework.Standing{}, nil
	}
	if err != nil {
		return casework.Standing{}, err
	}
	r, err := store.OpenReader(ctx, filepath.Join(cfg.DataDir, "uketsuke.db"))
	if err != nil {
		return casework.Standing{}, fmt.Errorf("open the database: %w", err)
	}
	defer r.Close()
	return r.Lookup(keys.Lookup).Standing(at)
}
