package snmpdirect

import (
	"net/netip"
	"slices"
	"sync"

	"github.com/quorate/quorate/device"
)

// maxNamesakes bounds the targets that one address stands for: several behind one that translates addresses.
const maxNamesakes = 8

// book knows which targets an address may be the sender of. What the configuration says of an address comes first; else
// it is the addresses that a device answered from, or said to have, when it was asked last.
type book struct {
	configured map[netip.Addr][]int

	mu    sync.Mutex // guards what follows
	known map[netip.Addr][]int
	of    [][]netip.Addr // by target
}

func newBook(all []*target) *book {
	b := &book{configured: map[netip.Addr][]int{}, known: map[netip.Addr][]int{}, of: make([][]netip.Addr, len(all))}
	for i, t := range all {
		if a, err := netip.ParseAddr(t.host); err == nil {
			a = a.Unmap().WithZone("")
			b.configured[a] = append(b.configured[a], i)
		}
	}
	return b
}

// note takes what a target's device said of itself.
func (b *book) note(target int, id device.Identity) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.of[target] {
		b.known[a] = slices.DeleteFunc(b.known[a], func(i int) bool { return i == target })
		if len(b.known[a]) == 0 {
			delete(b.known, a)
		}
	}
	b.of[target] = b.of[target][:0]
	for _, text := range id.Addresses {
		a, err := netip.ParseAddr(text)
		if err != nil || slices.Contains(b.of[target], a) {
			continue
		}
		b.of[target] = append(b.of[target], a)
		b.known[a] = append(b.known[a], target)
	}
}

// find returns the targets of an address, none for that of a stranger.
func (b *book) find(a netip.Addr) []int {
	a = a.Unmap().WithZone("")
	found := b.configured[a]
	if len(found) == 0 {
		b.mu.Lock()
		defer b.mu.Unlock()
		found = slices.Clone(b.known[a])
	}
	return found[:min(len(found), maxNamesakes)]
}

// heardOf takes the addresses of an observation, where traps are listened for.
func (s *trapSettings) heardOf(target int, o device.Observation) {
	if s != nil {
		s.book.note(target, o.Identity)
	}
}
