package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

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
	var as []Alias
	err := r.each(ctx, r.t.alias, r.t.alias.selectAll("ORDER BY kind, alias"), nil, func(c columns) error {
		as = append(as, Alias{Kind: c.text(0), Key: c.blob(1), Alias: c.text(2)})
		return nil
	})
	return as, err
}

// Alias returns what stands for the value with that key; false where nothing does yet.
func (r *Reader) Alias(ctx context.Context, kind string, key []byte) (string, bool, error) {
	alias, found := "", false
	err := r.each(ctx, r.t.alias, r.t.alias.selectAll("WHERE kind = ? AND key = ?"), []any{kind, key}, func(c columns) error {
		alias, found = c.text(2), true
		return nil
	})
	return alias, found, err
}

// PutAlias stores a once and for all: published posts rely on it. ErrTaken says that the alias stands for another
// value of its kind, or another alias for this one.
func (s *Store) PutAlias(ctx context.Context, a Alias) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.w.update(func() error {
		held, err := s.w.row(s.t.alias, "WHERE kind = ? AND (key = ? OR alias = ?)", a.Kind, a.Key, a.Alias)
		switch {
		case err != nil:
			return fmt.Errorf("store alias: %w", err)
		case held == nil:
			return s.w.put(s.t.alias, a.Kind, a.Key, a.Alias)
		case held.text(2) != a.Alias || !bytes.Equal(held.blob(1), a.Key):
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
