package oracle

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
)

// load is how much a feed says.
type load struct {
	feeds   int
	devices int // of one feed at its first poll
	most    int // devices of one feed; it gains one with every 200 observations
	fresh   int // observations of a poll that say something new, at most
	// interval is how long a source waits between two polls.
	interval time.Duration
}

// everyDay is a load under which a commit takes a few milliseconds.
func everyDay() load {
	return load{feeds: 2, devices: 20, most: 60, fresh: 15, interval: 50 * time.Millisecond}
}

// epoch is when the observation with number 0 says that its problem began; each later one is a second later.
var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// ledger is what the oracle has issued and what the agent owes it. It lives as long as the run and is never hurt.
type ledger struct {
	seed uint64
	load load

	mu    sync.Mutex
	next  uint64
	feeds map[string]*feed
	// issued holds which feed an observation was issued by, obliged those that the agent has called durable.
	issued  map[uint64]string
	obliged map[uint64]bool
	polls   map[pollKey]said
	// acks counts polls called durable, asked those that were begun.
	acks, asked int
	words       int // observations in the polls called durable, those that said nothing new among them
	// odd is what must not be and was seen while it happened.
	odd []string
}

type pollKey struct {
	session, feed string
	poll          uint64
}

// said is what one poll held: the numbers that were in it, and how many observations there were.
type said struct {
	ids   []uint64
	words int
}

// feed is one source's devices: each with the problems that it has now.
type feed struct {
	name    string
	devices [][]uint64
	count   int // observations issued
}

func newLedger(seed uint64, l load) *ledger {
	led := &ledger{
		seed: seed, load: l, next: 1, feeds: map[string]*feed{}, issued: map[uint64]string{}, obliged: map[uint64]bool{}, polls: map[pollKey]said{},
	}
	for i := range l.feeds {
		name := fmt.Sprintf("feed-%d", i)
		led.feeds[name] = &feed{name: name, devices: make([][]uint64, l.devices)}
	}
	return led
}

// rand is the source of all that follows from the number of an observation.
func (l *ledger) rand(id uint64) *rand.Rand { return rand.New(rand.NewPCG(l.seed, id)) }

func alertRef(id uint64) string { return fmt.Sprintf("o-%d", id) }

func deviceRef(feed string, i int) string { return fmt.Sprintf("%s-%03d", feed, i) }

// alert is what the observation with that number says. It follows from seed and number alone.
func (l *ledger) alert(id uint64) device.Alert {
	r := l.rand(id)
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	text := []string{fmt.Sprintf("observation %d of %x:", id, l.seed)}
	for range 2 + r.IntN(25) {
		text = append(text, pick("amber", "birch", "cedar", "delta", "ember", "fjord", "größe", "héron", "\"quote\"", "<b>", "{{ x }}", "→"))
	}
	return device.Alert{
		Ref: alertRef(id), Component: fmt.Sprintf("port:%d", r.IntN(48)), Class: pick("link", "disk", "fan"), Severity: pick("critical", "warning", "info"),
		State: pick("firing", "acknowledged"), Since: epoch.Add(time.Duration(id) * time.Second), Text: strings.Join(text, " "),
	}
}

// observation is what a feed says of one device: the problems that it has now, and by the newest of them how it is.
func (l *ledger) observation(f *feed, i int) device.Observation {
	ref := deviceRef(f.name, i)
	o := device.Observation{
		Identity: device.Identity{Ref: ref, Name: ref, Serial: "S-" + ref, Vendor: "Example"},
		Claims:   []device.Claim{{Facet: device.FacetReach, State: device.StateUp}},
	}
	for _, id := range f.devices[i] {
		o.Alerts = append(o.Alerts, l.alert(id))
	}
	if n := len(f.devices[i]); n > 0 {
		newest := f.devices[i][n-1]
		if newest%17 == 0 {
			o.Claims[0].State = device.StateDown
		}
		o.Readings = []device.Reading{{Quantity: "number", Value: float64(newest)}}
	}
	return o
}

// poll answers one poll: all devices of the feed, some of them with something new.
func (l *ledger) poll(k pollKey) []device.Observation {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.feeds[k.feed]
	if f == nil {
		l.odd = append(l.odd, fmt.Sprintf("a poll of the feed %q, which there is not", k.feed))
		return nil
	}
	l.asked++
	for range 1 + l.rand(l.next<<20).IntN(l.load.fresh) {
		id := l.next
		l.next++
		l.issued[id] = f.name
		f.count++
		if f.count%200 == 0 && len(f.devices) < l.load.most {
			f.devices = append(f.devices, nil)
		}
		r := l.rand(id ^ 1<<63)
		i := r.IntN(len(f.devices))
		if len(f.devices[i]) > 0 && r.IntN(3) == 0 {
			f.devices[i] = append(f.devices[i][len(f.devices[i])-1:], id) // the last problem goes on beside it
			continue
		}
		f.devices[i] = []uint64{id}
	}
	var ids []uint64
	all := make([]device.Observation, len(f.devices))
	for i := range f.devices {
		ids = append(ids, f.devices[i]...)
		all[i] = l.observation(f, i)
	}
	l.polls[k] = said{ids, len(all)}
	return all
}

// committed makes what was said in that poll obligations.
func (l *ledger) committed(k pollKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	what, ok := l.polls[k]
	if !ok {
		l.odd = append(l.odd, fmt.Sprintf("poll %d of %s was called durable, and nobody had asked for it or it had been called so before", k.poll, k.feed))
		return
	}
	for _, id := range what.ids {
		l.obliged[id] = true
	}
	delete(l.polls, k)
	l.acks++
	l.words += what.words
}

// counts returns how many observations are obligations and how many polls were called durable.
func (l *ledger) counts() (obliged, acks, asked int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.obliged), l.acks, l.asked
}

// obligations are the numbers of all observations that the agent has called durable.
func (l *ledger) obligations() []uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.obliged))
}
