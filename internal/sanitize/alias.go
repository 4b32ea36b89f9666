package sanitize

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
)

// Kind is the kind of a private value, and so of what stands for it.
type Kind string

// The kinds. Of those above the line each value has an alias of its own; those below are only taken out.
const (
	KindDevice Kind = "device" // keyed by the device's id; the alias is a role name such as nas-1
	KindIPv4   Kind = "ipv4"
	KindIPv6   Kind = "ipv6"
	KindMAC    Kind = "mac"
	KindHost   Kind = "host"   // a full host name
	KindSource Kind = "source" // keyed by the source's name; the alias is a product and, for the second, a number
	KindEmail  Kind = "email"
	KindUser   Kind = "user"
	KindSSID   Kind = "ssid"

	KindSecret   Kind = "secret" // passwords, communities, tokens, keys
	KindSerial   Kind = "serial"
	KindLocation Kind = "location"
	KindPath     Kind = "path"
	KindWord     Kind = "word"
)

// Alias is a fictional value. Only a Table makes one, so that a text made of aliases holds nothing private. Its zero
// value is empty.
type Alias struct{ text string }

// String returns the fictional value.
func (a Alias) String() string { return a.text }

// IsZero reports whether a stands for nothing.
func (a Alias) IsZero() bool { return a.text == "" }

// Row is one alias as it is stored. Key is the HMAC of the private value, which is not stored anywhere.
type Row struct {
	Kind  string
	Key   []byte
	Alias string
}

// Store keeps the aliases for good. PutAlias must have made the row durable when it returns, and never changes one.
type Store interface {
	Aliases(ctx context.Context) ([]Row, error)
	PutAlias(ctx context.Context, r Row) error
}

// Table gives out aliases and remembers them.
type Table struct {
	key   []byte
	store Store
	pick  func(n int) int

	mu     sync.Mutex
	loaded bool
	rows   map[string]string // kind, HMAC -> alias
	taken  map[string]bool   // aliases given out, of any kind
	real   map[string]bool   // values of the home, which no alias may equal
}

// TableOptions change how a table picks. A nil Pick is random; a test passes its own.
type TableOptions struct {
	// Pick returns a number from 0 to n-1.
	Pick func(n int) int
}

// minKey is the least length of a site key: a short one could be tried out.
const minKey = 16

// NewTable returns a table over the site's key and store. It reads the store at the first use.
func NewTable(key []byte, store Store, o TableOptions) (*Table, error) {
	if len(key) < minKey {
		return nil, fmt.Errorf("site key: %d bytes, at least %d are needed", len(key), minKey)
	}
	if o.Pick == nil {
		o.Pick = rand.IntN
	}
	return &Table{
		key: append([]byte(nil), key...), store: store, pick: o.Pick,
		rows: map[string]string{}, taken: map[string]bool{}, real: map[string]bool{},
	}, nil
}

// Avoid tells the table values of the home. No alias that it gives out from now on equals one of them, so that
// "nas-2" in a post is never somebody's real nas-2.
func (t *Table) Avoid(values ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, v := range values {
		v = strings.ToLower(v)
		t.real[v] = true
		if host, _, ok := strings.Cut(v, "."); ok {
			t.real[host] = true
		}
	}
}

// errExhausted says that a range of fictional values is used up.
var errExhausted = errors.New("no alias is left in the range")

// of returns the alias of a value of that kind, out of candidates when it is new. candidate is asked for the i-th
// fictional value of n and returns "" where there is none; random picks begin anywhere, others at the first.
func (t *Table) of(ctx context.Context, kind Kind, value string, n int, random bool, candidate func(i int) string) (Alias, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.load(ctx); err != nil {
		return Alias{}, err
	}
	mac := t.sum(kind, value)
	id := string(kind) + "\x00" + string(mac)
	if held, ok := t.rows[id]; ok {
		return Alias{held}, nil
	}
	from := 0
	if random && n > 0 {
		from = t.pick(n)
	}
	for i := range n {
		text := candidate((from + i) % n)
		if text == "" || t.taken[text] || t.real[strings.ToLower(text)] {
			continue
		}
		if err := t.store.PutAlias(ctx, Row{Kind: string(kind), Key: mac, Alias: text}); err != nil {
			return Alias{}, fmt.Errorf("keep an alias: %w", err)
		}
		t.rows[id], t.taken[text] = text, true
		return Alias{text}, nil
	}
	return Alias{}, errExhausted
}

func (t *Table) load(ctx context.Context) error {
	if t.loaded {
		return nil
	}
	rows, err := t.store.Aliases(ctx)
	if err != nil {
		return fmt.Errorf("read aliases: %w", err)
	}
	for _, r := range rows {
		t.rows[r.Kind+"\x00"+string(r.Key)] = r.Alias
		t.taken[r.Alias] = true
	}
	t.loaded = true
	return nil
}

// sum is keyed: without the key nobody finds an address by trying all of them.
func (t *Table) sum(kind Kind, value string) []byte {
	h := hmac.New(sha256.New, t.key)
	h.Write([]byte(kind))
	h.Write([]byte{0})
	h.Write([]byte(value))
	return h.Sum(nil)
}
