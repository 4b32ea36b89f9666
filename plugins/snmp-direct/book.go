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
	of    map[int]noted
}

// noted is what was seen of a target last.
type noted struct {
	addresses    []netip.Addr
	engine, name string
	up           bool
}

func newBook(all []*target) *book {
	b := &book{configured: map[netip.Addr][]int{}, known: map[netip.Addr][]int{}, of: map[int]noted{}}
	for i, t := range all {
		if a, err := netip.ParseAddr(t.host); err == nil {
			a = a.Unmap().WithZone("")
			b.configured[a] = append(b.configured[a], i)
		}
	}
	return b
}

// note takes what was seen of a target.
func (b *book) note(target int, o *device.Observation) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.of[target].addresses {
		b.known[a] = slices.DeleteFunc(b.known[a], func(i int) bool { return i == target })
		if len(b.known[a]) == 0 {
			delete(b.known, a)
		}
	}
	n := noted{engine: o.EngineID, name: o.Name, up: slices.ContainsFunc(o.Claims, func(c device.Claim) bool {
		return c.Facet == device.FacetReach && c.State == device.StateUp
	})}
	for _, text := range o.Addresses {
		a, err := netip.ParseAddr(text)
		if err != nil || slices.Contains(n.addresses, a) {
			continue
		}
		n.addresses = append(n.addresses, a)
		b.known[a] = append(b.known[a], target)
	}
	b.of[target] = n
}

// has reports whether one of the first so many targets is the device with this engine id and name.
func (b *book) has(engine, name string, targets int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range targets {
		if n, ok := b.of[i]; ok && n.engine == engine && n.name == name {
			return true
		}
	}
	return false
}

// answers reports whether a target answered when it was asked last, or was not asked yet.
func (b *book) answers(target int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.of[target]
	return !ok || n.up
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
