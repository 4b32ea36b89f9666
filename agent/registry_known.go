package agent

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/leakcheck"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// knowledge is everything private that this agent has ever known, in this life and before: what was rotated, renamed or
// thrown away still stands in old records, notes and heads. Secrets are kept as keyed hashes. All methods are safe for
// concurrent use.
type knowledge struct {
	store *store.Store
	log   *slog.Logger
	key   []byte // of the hashes; it is not in the record, so a copy of the record alone cannot be searched
	grown func() // called, without blocking, when something new is known

	mu   sync.Mutex // one learns at a time; guards what follows
	ever map[string]map[string]store.Known
	seen time.Time // what was recorded before was looked at
}

// secretKinds are kept as hashes only.
var secretKinds = []string{"tokens", "passwords", "communities"}

// touchEvery is how exact the time is at which something was known last.
const touchEvery = 24 * time.Hour

// The name space and key under which the store keeps how far the record was looked at.
const knownSpace, knownSeen = "registry", "seen"

// loadKnowledge reads what was known before. The key is derived from the site key.
func loadKnowledge(ctx context.Context, s *store.Store, siteKey []byte, log *slog.Logger, grown func()) (*knowledge, error) {
	mac := hmac.New(sha256.New, siteKey)
	mac.Write([]byte("known secrets"))
	k := &knowledge{store: s, log: log, key: mac.Sum(nil)[:16], grown: grown, ever: map[string]map[string]store.Known{}}
	rows, err := s.Known(ctx)
	if err != nil {
		return nil, fmt.Errorf("known private values: %w", err)
	}
	for _, r := range rows {
		k.keep(r)
	}
	b, err := s.Get(ctx, knownSpace, knownSeen)
	if err != nil {
		return nil, err
	}
	if len(b) == 8 {
		k.seen = time.UnixMicro(int64(binary.BigEndian.Uint64(b)))
	}
	return k, nil
}

func (k *knowledge) keep(r store.Known) {
	if k.ever[r.Kind] == nil {
		k.ever[r.Kind] = map[string]store.Known{}
	}
	k.ever[r.Kind][r.Value] = r
}

// learn takes in what is known now, and what was recorded since it was called last, and returns all that was ever known,
// by kind, each list sorted and without doubles.
func (k *knowledge) learn(ctx context.Context, current map[string][]string, at time.Time) (map[string][]string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	found := map[string][]string{}
	add := adder(found)
	until, err := k.recorded(ctx, add)
	if err != nil {
		return nil, fmt.Errorf("look for private values in the record: %w", err)
	}
	hashes := map[string]bool{}
	for kind, values := range current {
		if !slices.Contains(secretKinds, kind) {
			add(kind, values...)
			continue
		}
		for _, v := range values {
			for _, h := range leakcheck.Hash(k.key, kind, v) {
				hashes[strings.TrimPrefix(h, hex.EncodeToString(k.key)+":")] = true
			}
		}
	}
	found[leakcheck.Hashed] = slices.Collect(maps.Keys(hashes))
	k.remember(ctx, found, at, until)
	return k.all(current, hashes), nil
}

// remember stores what is new, and that the rest is still known. What cannot be stored now is known all the same, and is
// tried again.
func (k *knowledge) remember(ctx context.Context, found map[string][]string, at, until time.Time) {
	var rows []store.Known
	news := false
	for kind, values := range found {
		for _, v := range values {
			r, known := k.ever[kind][v]
			switch {
			case !known:
				news = true
				r = store.Known{Kind: kind, Value: v, FirstSeen: at, LastSeen: at}
				k.keep(r)
			case at.Sub(r.LastSeen) < touchEvery:
				continue
			}
			r.LastSeen = at
			rows = append(rows, r)
		}
	}
	if len(rows) > 0 {
		slices.SortFunc(rows, func(a, b store.Known) int {
			return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Value, b.Value))
		})
		if err := k.store.PutKnown(ctx, rows); err != nil {
			k.log.Warn("private values not stored, trying again", "err", err)
			for _, r := range rows {
				r.LastSeen = time.Time{}
				k.keep(r)
			}
			until = k.seen
		} else {
			for _, r := range rows {
				k.keep(r)
			}
		}
	}
	if until.After(k.seen) && len(rows) > 0 {
		if err := k.store.Put(ctx, knownSpace, knownSeen, binary.BigEndian.AppendUint64(nil, uint64(until.UnixMicro()))); err != nil {
			k.log.Warn("how far private values were looked for was not stored", "err", err)
		}
	}
	k.seen = until
	if news {
		k.grown()
	}
}

// all is what was ever known, with the current secrets in the clear: they are found in more spellings so.
func (k *knowledge) all(current map[string][]string, hashes map[string]bool) map[string][]string {
	out := map[string][]string{}
	for kind, values := range k.ever {
		for v := range values {
			switch {
			case kind != leakcheck.Hashed:
				out[kind] = append(out[kind], v)
			case !hashes[v]:
				out[kind] = append(out[kind], hex.EncodeToString(k.key)+":"+v)
			}
		}
	}
	for _, kind := range secretKinds {
		if len(current[kind]) > 0 {
			out[kind] = append(out[kind], current[kind]...)
		}
	}
	for kind := range out {
		slices.Sort(out[kind])
		out[kind] = slices.Compact(out[kind])
	}
	return out
}

// recorded adds what the record tells of devices since the last time, and returns how far it read. Damaged rows are
// passed over: whoever reads the record tells of them.
func (k *knowledge) recorded(ctx context.Context, add func(kind string, values ...string)) (time.Time, error) {
	span := store.Span{Since: k.seen, Damaged: func(error) {}}
	until := k.seen
	err := k.store.EachObservation(ctx, span, func(o pipeline.ObservationRow) error {
		if o.RecordedAt.After(until) {
			until = o.RecordedAt
		}
		var id device.Identity
		if json.Unmarshal(o.Body, &id) == nil {
			addIdentity(add, &id)
		}
		return nil
	})
	if err != nil {
		return until, err
	}
	return until, k.store.EachEvent(ctx, span, func(e device.Event) error {
		if e.At.After(until) {
			until = e.At
		}
		for _, n := range append([]device.Name{}, e.Devices...) {
			addName(add, n.Name)
		}
		for _, n := range []*device.Name{e.Device, e.Other, e.Because} {
			if n != nil {
				addName(add, n.Name)
			}
		}
		return nil
	})
}

// addIdentity adds what a source says that a device is.
func addIdentity(add func(kind string, values ...string), id *device.Identity) {
	addName(add, id.Name)
	addNames(add, id.Hostnames...)
	for _, a := range id.Addresses {
		addAddress(add, a)
	}
	add("mac", id.MACs...)
	add("serials", id.Serial, id.EngineID)
	add("locations", id.Location)
	for i := range id.Links {
		l := &id.Links[i]
		addName(add, l.Name)
		addAddress(add, l.Address)
		add("mac", l.MAC)
	}
	for i := range id.VLANs {
		addName(add, id.VLANs[i].Name)
	}
}

func addAddress(add func(kind string, values ...string), a string) {
	if a != "" {
		add(addressKind(a), a)
	}
}

func addNames(add func(kind string, values ...string), names ...string) {
	for _, n := range names {
		addName(add, n)
	}
}

// addName adds what a device is called: a name, a host name with its domain, or an address where nobody knows a name.
func addName(add func(kind string, values ...string), name string) {
	switch {
	case name == "":
	case isAddress(name):
		add(addressKind(name), name)
	case fullName.MatchString(name):
		add("fqdn", name)
	default:
		add("hostnames", name)
	}
}
