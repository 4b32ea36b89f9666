package notify

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// Entry is one entry of the ledger. A nil Value removes it.
type Entry struct {
	Key   string
	Value []byte
}

// belief is what the reader was told last about a device; "" where that is nothing, or that it is well.
type belief string

const (
	saidDown     belief = "down"
	saidUnknown  belief = "unknown"
	saidDegraded belief = "degraded"
	saidFlapping belief = "flapping"
)

// subject is a device that is not well, or muted, or of which the reader was told that it is not well.
type subject struct {
	Name   string        `json:"name"`
	Status device.Status `json:"status"`
	// Since is the source's time since when it has that status; Who says so, and Votes is what each of them says.
	Since time.Time `json:"since,omitzero"`
	Who   string    `json:"who,omitempty"`
	Votes string    `json:"votes,omitempty"`
	// Muted is of maintenance and acknowledged.
	Muted    bool `json:"muted,omitempty"`
	Flapping bool `json:"flapping,omitempty"`
	// Old says that it was so before the sink began: nobody is told of that.
	Old bool `json:"old,omitempty"`
	// Gone says that nobody watches it any more.
	Gone bool `json:"gone,omitempty"`

	Told      belief    `json:"told,omitempty"`
	ToldSince time.Time `json:"told_since,omitzero"`
	// ToldIn is the incident as part of which it was told, ToldRoot the name of its root.
	ToldIn   string `json:"told_in,omitempty"`
	ToldRoot string `json:"told_root,omitempty"`

	// Quiet says that it joined an incident that the reader knew of, and was never named: that it is over is not told.
	Quiet bool `json:"quiet,omitempty"`

	// Due is when what the reader does not know yet may be told; zero where there is no such thing.
	Due time.Time `json:"due,omitzero"`
	// Again says why the same is to be told once more: what muted it has ended.
	Again string `json:"again,omitempty"`
	// Late says that it was due and could not be told.
	Late bool `json:"late,omitempty"`
}

// trouble is an open incident of devices that are down.
type trouble struct {
	Root    device.ID   `json:"root"`
	Name    string      `json:"name"` // of the root
	Devices []device.ID `json:"devices"`
	Since   time.Time   `json:"since"`
	// Due is when it may be told; Held is the same where it may still turn out to be part of another.
	Due  time.Time `json:"due,omitzero"`
	Held time.Time `json:"held,omitzero"`
	Old  bool      `json:"old,omitempty"`
	Late bool      `json:"late,omitempty"`
	// Told is how many devices the message named, 0 where none was sent; ToldRoot is the root it named; Grown says that
	// the reader was told of its growth.
	Told     int       `json:"told,omitempty"`
	ToldRoot device.ID `json:"told_root,omitempty"`
	Grown    bool      `json:"grown,omitempty"`
}

// state is how a source or the agent itself is, where that is not well or the reader was told that it is not.
type state struct {
	// Kind says in which way it is not well, Told what the reader knows of that; both "" for well.
	Kind  string    `json:"kind,omitempty"`
	Told  string    `json:"told,omitempty"`
	Text  string    `json:"text,omitempty"`
	Since time.Time `json:"since,omitzero"`
	Due   time.Time `json:"due,omitzero"`
	Late  bool      `json:"late,omitempty"`
}

// head is what the ledger holds once.
type head struct {
	// Seq is the newest event that was taken.
	Seq int64 `json:"seq"`
	// Next is the number of the next message.
	Next int64 `json:"next"`
	// Hour is when the hour began in which Sent messages were composed; Full says that the reader knows that there are
	// more.
	Hour time.Time `json:"hour,omitzero"`
	Sent int       `json:"sent,omitempty"`
	Full bool      `json:"full,omitempty"`
	// UnknownAt is when the reader was last told of devices of which nobody knows.
	UnknownAt time.Time `json:"unknown_at,omitzero"`
	// Missed is what came and went while nothing could be sent: the first few, and how many in all.
	Missed []string `json:"missed,omitempty"`
	Misses int      `json:"misses,omitempty"`
}

// message is one that was composed and is not sent yet.
type message struct {
	ID    int64     `json:"id"`
	At    time.Time `json:"at"`
	Title string    `json:"title"`
	Body  string    `json:"body"`
	Link  string    `json:"link,omitempty"`
}

// ledger is all that the sink remembers. Each part is an entry of its own, so that a delivery stores what it changed.
type ledger struct {
	head     head
	devices  map[device.ID]*subject
	troubles map[string]*trouble
	sources  map[string]*state // "" is the agent
	outbox   []message

	dirty map[string]bool
	// due is when something is due, where it is known: whatever is touched may change that.
	due   time.Time
	known bool
}

// The keys of entries, with what follows them.
const (
	keyHead    = "head"
	keyDevice  = "device/"
	keyTrouble = "incident/"
	keySource  = "source/"
	keyMessage = "message/"
)

func newLedger() *ledger {
	return &ledger{
		devices: map[device.ID]*subject{}, troubles: map[string]*trouble{}, sources: map[string]*state{}, dirty: map[string]bool{},
	}
}

func messageKey(id int64) string { return fmt.Sprintf("%s%016d", keyMessage, id) }

// touch returns what is held of a device, to be changed; it is made where nothing was.
func (l *ledger) touch(id device.ID, name string) *subject {
	l.dirty[keyDevice+string(id)] = true
	l.known = false
	d := l.devices[id]
	if d == nil {
		d = &subject{Status: device.StatusUp}
		l.devices[id] = d
	}
	if name != "" {
		d.Name = name
	}
	return d
}

func (l *ledger) touchTrouble(id string) *trouble {
	l.dirty[keyTrouble+id] = true
	l.known = false
	t := l.troubles[id]
	if t == nil {
		t = &trouble{}
		l.troubles[id] = t
	}
	return t
}

func (l *ledger) touchSource(name string) *state {
	l.dirty[keySource+name] = true
	l.known = false
	s := l.sources[name]
	if s == nil {
		s = &state{}
		l.sources[name] = s
	}
	return s
}

// queue puts a message behind those that wait.
func (l *ledger) queue(m message) {
	l.head.Next++
	m.ID = l.head.Next
	l.outbox = append(l.outbox, m)
	l.dirty[keyHead], l.dirty[messageKey(m.ID)] = true, true
}

// sent takes a message out.
func (l *ledger) sent(id int64) {
	for i := range l.outbox {
		if l.outbox[i].ID == id {
			l.outbox = append(l.outbox[:i:i], l.outbox[i+1:]...)
			l.dirty[messageKey(id)] = true
			return
		}
	}
}

// book returns the entries that changed since the last call.
func (l *ledger) book() []Entry {
	out := make([]Entry, 0, len(l.dirty))
	for key := range l.dirty {
		out = append(out, Entry{Key: key, Value: l.encode(key)})
	}
	clear(l.dirty)
	return out
}

// encode returns an entry's value, nil where there is nothing to remember.
func (l *ledger) encode(key string) []byte {
	var v any
	kind, name, _ := strings.Cut(key, "/")
	switch kind + "/" {
	case keyDevice:
		if d, ok := l.devices[device.ID(name)]; ok {
			v = d
		}
	case keyTrouble:
		if t, ok := l.troubles[name]; ok {
			v = t
		}
	case keySource:
		if s, ok := l.sources[name]; ok {
			v = s
		}
	case keyMessage:
		for i := range l.outbox {
			if messageKey(l.outbox[i].ID) == key {
				v = &l.outbox[i]
			}
		}
	default:
		v = &l.head
	}
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil // plain structs of strings, numbers and times of four-digit years always have a JSON form
	}
	return b
}

// recall reads what was booked.
func (l *ledger) recall(entries []Entry) error {
	for _, e := range entries {
		kind, name, _ := strings.Cut(e.Key, "/")
		var err error
		switch kind + "/" {
		case keyDevice:
			err = read(e.Value, func(d *subject) { l.devices[device.ID(name)] = d })
		case keyTrouble:
			err = read(e.Value, func(t *trouble) { l.troubles[name] = t })
		case keySource:
			err = read(e.Value, func(s *state) { l.sources[name] = s })
		case keyMessage:
			err = read(e.Value, func(m *message) { l.outbox = append(l.outbox, *m) })
		default:
			err = read(e.Value, func(h *head) { l.head = *h })
		}
		if err != nil {
			return fmt.Errorf("entry %q of the ledger: %w", e.Key, err)
		}
	}
	slices.SortFunc(l.outbox, func(a, b message) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

func read[T any](b []byte, keep func(*T)) error {
	v := new(T)
	if err := json.Unmarshal(b, v); err != nil {
		return err
	}
	keep(v)
	return nil
}
