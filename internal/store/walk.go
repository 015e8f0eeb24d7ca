package store

import (
	"context"
	"fmt"
	"time"

	"uketsuke/internal/casework"
)

// EachCase gives the events of the cases, one case after the other in the order of their ids: of those that came before
// until and that are open or had an event at or after from. It holds one case at a time, and no reader for long; what a
// daemon writes meanwhile may or may not be seen.
func (r *Reader) EachCase(ctx context.Context, from, until time.Time, do func(events []casework.Event) error) error {
	for last := int64(0); ; {
		var ids []int64
		err := r.q.each("SELECT id FROM case_row WHERE id > ? AND received_at < ? AND (open = 1 OR updated_at >= ?) ORDER BY id LIMIT ?",
			[]any{last, millis(until), millis(from), walkPage}, func(scan func(...any) error) error {
				err := scan(&last)
				ids = append(ids, last)
				return err
			})
		if err != nil {
			return fmt.Errorf("list the cases: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		for _, id := range ids {
			if err := ctx.Err(); err != nil {
				return err
			}
			events, err := eventsOf(r.q, id)
			if err != nil {
				return err
			}
			if err := do(events); err != nil {
				return fmt.Errorf("case %d: %w", id, err)
			}
		}
	}
}
