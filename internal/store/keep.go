package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Milestone is a stretch of the lab's story, from one post to the next.
type Milestone struct {
	Number      int // from 1
	Title       string
	Phase       string
	After       int64 // sequence number of the last event of the milestone before
	OpenedAt    time.Time
	PublishedAt time.Time // zero while it is open
	// Body is what the sink keeps with it; the store does not read it.
	Body []byte
}

// Milestones returns all of them in order.
func (r *Reader) Milestones(ctx context.Context) ([]Milestone, error) {
	var ms []Milestone
	err := r.each(ctx, r.t.milestone, r.t.milestone.selectAll("ORDER BY number"), nil, func(c columns) error {
		ms = append(ms, Milestone{
			Number: int(c.int(0)), Title: c.text(1), Phase: c.text(2), After: c.int(3), OpenedAt: c.time(4), PublishedAt: c.time(5),
			Body: c.blob(6),
		})
		return nil
	})
	return ms, err
}

// PutMilestone stores m over the one of its number.
func (s *Store) PutMilestone(ctx context.Context, m Milestone) error {
	err := s.put(ctx, s.t.milestone, int64(m.Number), m.Title, m.Phase, m.After, micros(m.OpenedAt), micros(m.PublishedAt),
		blob(m.Body))
	if err != nil {
		return fmt.Errorf("store milestone %d: %w", m.Number, err)
	}
	return nil
}

// Alias is a fictional value that stands for a private one of its kind. Key is an HMAC of the private value, which
// the record never holds.
type Alias struct {
	Kind  string
	Key   []byte
	Alias string
}

// ErrTaken means that the alias stands for another value already.
var ErrTaken = errors.New("the alias is taken")

// Aliases returns all aliases in order of kind and alias.
func (r *Reader) Aliases(ctx context.Context) ([]Alias, error) {
	rows, err := r.db.QueryContext(ctx, "SELECT kind, key, alias FROM alias ORDER BY kind, alias")
	if err != nil {
		return nil, fmt.Errorf("read aliases: %w", classify(err))
	}
	defer rows.Close()
	var as []Alias
	for rows.Next() {
		var a Alias
		if err := rows.Scan(&a.Kind, &a.Key, &a.Alias); err != nil {
			return nil, fmt.Errorf("read aliases: %w", err)
		}
		as = append(as, a)
	}
	return as, classify(rows.Err())
}

// Alias returns what stands for the value with that key; false where nothing does yet.
func (r *Reader) Alias(ctx context.Context, kind string, key []byte) (string, bool, error) {
	var alias string
	err := r.db.QueryRowContext(ctx, "SELECT alias FROM alias WHERE kind = ? AND key = ?", kind, key).Scan(&alias)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("read alias: %w", classify(err))
	}
	return alias, true, nil
}

// PutAlias stores a once and for all: published posts rely on it. ErrTaken says that the alias stands for another
// value of its kind, or another alias for this one.
func (s *Store) PutAlias(ctx context.Context, a Alias) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.w.update(func() error {
		err := s.w.do("INSERT INTO alias (kind, key, alias) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", a.Kind, a.Key, a.Alias)
		if err != nil {
			return fmt.Errorf("store alias: %w", err)
		}
		held, err := s.w.value("SELECT alias FROM alias WHERE kind = ? AND key = ?", a.Kind, a.Key)
		if err != nil {
			return fmt.Errorf("store alias: %w", err)
		}
		if held != a.Alias {
			return ErrTaken
		}
		return nil
	})
}

// Get returns what Put stored under a key of a name space; nil where there is nothing.
func (r *Reader) Get(ctx context.Context, ns, key string) ([]byte, error) {
	var value []byte
	err := r.each(ctx, r.t.kv, r.t.kv.selectAll("WHERE ns = ? AND key = ?"), []any{ns, key}, func(c columns) error {
		value = c.blob(2)
		return nil
	})
	return value, err
}

// Put stores a value under a key of a name space, over the one that is there. A nil value removes it.
func (s *Store) Put(ctx context.Context, ns, key string, value []byte) error {
	var err error
	if value == nil {
		err = s.w.update(func() error { return s.w.do("DELETE FROM kv WHERE ns = ? AND key = ?", ns, key) })
	} else {
		err = s.put(ctx, s.t.kv, ns, key, value)
	}
	if err != nil {
		return fmt.Errorf("store %s/%s: %w", ns, key, err)
	}
	return nil
}

// put stores one row of t in a transaction of its own.
func (s *Store) put(ctx context.Context, t *table, row ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.w.update(func() error { return s.w.put(t, row...) })
}
