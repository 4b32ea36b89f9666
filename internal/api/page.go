package api

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// list is the envelope of every answer that holds several things: one page of them.
type list[T any] struct {
	Items []T `json:"items"`
	// NextCursor is nil on the last page.
	NextCursor *string `json:"next_cursor" doc:"Send it as the parameter \"cursor\" for what comes next; null where nothing does."`
	// At is the time that the list is of, where it is another than now.
	At time.Time `json:"at,omitzero" doc:"The time that was asked for, where it was another than now."`
}

type body[T any] struct{ Body T }

// exampleOf is an example of a list, whose last page it is.
func exampleOf[T any](items ...T) list[T] { return list[T]{Items: items} }

// PageInput is what every list takes. It is exported because huma looks into exported fields only.
type PageInput struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"At most so many."`
	Cursor string `query:"cursor" maxLength:"1024" doc:"Where to go on: next_cursor of the page before. All other parameters but limit and fields stay as they were."`
}

// order says in which order a list is. Its key tells each thing from all others.
type order[T any] struct {
	key func(*T) []string
	// compare orders keys. Where it is nil the list has an order of its own, as that of the configuration.
	compare func(a, b []string) int
}

// byName orders by name, as people count, then by id.
func byName[T any](name func(*T) device.Name) order[T] {
	return order[T]{
		key: func(t *T) []string { n := name(t); return []string{n.Name, string(n.ID)} },
		compare: func(a, b []string) int {
			return cmp.Or(device.CompareNames(a[0], b[0]), strings.Compare(a[1], b[1]))
		},
	}
}

// asListed keeps the order of the list.
func asListed[T any](key func(*T) string) order[T] {
	return order[T]{key: func(t *T) []string { return []string{key(t)} }}
}

// page cuts a page out of a list that is wholly at hand, and is in the order that o says. Things that come or go
// meanwhile move nothing else: the page begins behind the last one that was shown, also where that is gone.
func page[T any](ctx context.Context, in PageInput, items []T, o order[T]) (*body[list[T]], error) {
	from := 0
	if in.Cursor != "" {
		at, err := readCursor(ctx, in.Cursor)
		if err != nil {
			return nil, err
		}
		if from, err = o.behind(items, at); err != nil {
			return nil, err
		}
	}
	rest := items[from:]
	n := min(in.Limit, len(rest))
	out := list[T]{Items: append([]T{}, rest[:n]...)}
	if n < len(rest) {
		out.NextCursor = nextCursor(ctx, cursor{At: from + n, Key: o.key(&rest[n-1])})
	}
	return &body[list[T]]{out}, nil
}

// behind is the place of the first item behind the one at which a cursor stands.
func (o order[T]) behind(items []T, at cursor) (int, error) {
	if o.compare == nil {
		i := slices.IndexFunc(items, func(t T) bool { return slices.Equal(o.key(&t), at.Key) })
		if i < 0 {
			return min(max(at.At-1, 0), len(items)), nil // it is gone: what came behind it has moved up
		}
		return i + 1, nil
	}
	if len(items) > 0 && len(at.Key) != len(o.key(&items[0])) {
		return 0, badCursor()
	}
	i := slices.IndexFunc(items, func(t T) bool { return o.compare(o.key(&t), at.Key) > 0 })
	if i < 0 {
		return len(items), nil
	}
	return i, nil
}

// pageUntil is a page of the record, whose next one begins at a position of the record; nil where it is the last.
func pageUntil[T any](ctx context.Context, items []T, next *int64) *body[list[T]] {
	out := list[T]{Items: items}
	if next != nil {
		out.NextCursor = nextCursor(ctx, cursor{Seq: *next})
	}
	return &body[list[T]]{out}
}
