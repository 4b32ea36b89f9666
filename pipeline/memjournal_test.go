package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// MemJournal is a journal that forgets everything when the test ends. Fail and FailAdvance, where they are not nil, are
// asked before each commit and each move of a cursor.
type MemJournal struct {
	mu          sync.Mutex
	Fail        func(r *Record) error
	FailAdvance func(sink string, seq int64) error

	Salt     string
	records  []*Record
	events   []device.Event
	cursors  map[string]int64
	ledgers  map[string]map[string][]byte
	rejected []device.Rejection
	state    []byte // JSON of memState
}

type memState struct {
	Identity  *identity.State
	Consensus *consensus.State
	Dates     map[string][]byte
	Prints    []memPrint
	Settings  []byte
	Batch     uint64
	At        time.Time
}

type memPrint struct {
	Ref   device.SourceRef
	Print uint64
	Body  []byte
}

func (j *MemJournal) load() (memState, error) {
	s := memState{Identity: identity.NewState(), Consensus: consensus.NewState(), Dates: map[string][]byte{}}
	if j.state == nil {
		return s, nil
	}
	return s, json.Unmarshal(j.state, &s)
}

// Load implements Journal.
func (j *MemJournal) Load(context.Context) (Loaded, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, err := j.load()
	l := Loaded{
		Fresh: s.Batch == 0, Salt: j.Salt, Identity: s.Identity, Consensus: s.Consensus, Prints: map[device.SourceRef]uint64{},
		Alerts:   map[device.SourceRef][]device.Alert{},
		Settings: s.Settings, LastSeq: int64(len(j.events)), LastBatch: s.Batch, LastInstant: s.At,
	}
	for _, p := range s.Prints {
		l.Prints[p.Ref] = p.Print
		alerts, reading := ReportedIn(p.Body)
		if err = errors.Join(err, reading); len(alerts) > 0 {
			l.Alerts[p.Ref] = alerts
		}
	}
	for source, row := range s.Dates {
		if err == nil {
			err = s.Consensus.Redate(source, row)
		}
	}
	return l, err
}

// Commit implements Journal.
func (j *MemJournal) Commit(_ context.Context, r *Record) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.Fail != nil {
		if err := j.Fail(r); err != nil {
			return err
		}
	}
	s, err := j.load()
	if err != nil {
		return err
	}
	if r.Batch == s.Batch {
		return nil
	}
	if r.Batch != s.Batch+1 {
		return fmt.Errorf("batch %d follows %d", r.Batch, s.Batch)
	}
	for i := range r.Events {
		if want := int64(len(j.events) + i + 1); r.Events[i].Seq != want {
			return fmt.Errorf("event %d, want %d", r.Events[i].Seq, want)
		}
	}
	for _, id := range r.IdentityRemoved {
		delete(s.Identity.Devices, id)
	}
	maps.Copy(s.Identity.Devices, r.IdentityDevices)
	maps.Copy(s.Identity.Bindings, r.Bindings)
	maps.Copy(s.Consensus.Devices, r.Devices)
	for _, id := range r.Removed {
		delete(s.Consensus.Devices, id)
	}
	maps.Copy(s.Dates, r.Dates)
	maps.Copy(s.Consensus.Sources, r.Sources)
	if r.Global != nil {
		s.Consensus.Global = r.Global
	}
	prints := map[device.SourceRef]int{}
	for i, p := range s.Prints {
		prints[p.Ref] = i
	}
	for _, o := range r.Observations {
		if o.Late {
			continue
		}
		p := memPrint{device.SourceRef{Source: o.Source, Ref: o.Ref}, o.Print, o.Body}
		if i, ok := prints[p.Ref]; ok {
			s.Prints[i] = p
			continue
		}
		prints[p.Ref] = len(s.Prints)
		s.Prints = append(s.Prints, p)
	}
	if r.Settings != nil {
		s.Settings = r.Settings
	}
	s.Batch, s.At = r.Batch, r.Instants[len(r.Instants)-1]
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	j.state = b
	for i := range r.Events {
		j.events = append(j.events, cloned(r.Events[i]))
	}
	j.rejected = append(j.rejected, r.Rejected...)
	kept := *r
	j.records = append(j.records, &kept)
	return nil
}

func cloned(e device.Event) device.Event {
	b, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	var out device.Event
	if err := json.Unmarshal(b, &out); err != nil {
		panic(err)
	}
	return out
}

// Events implements Journal.
func (j *MemJournal) Events(_ context.Context, after int64, limit int) ([]device.Event, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	from := min(int(after), len(j.events))
	to := min(from+limit, len(j.events))
	var out []device.Event
	for _, e := range j.events[from:to] {
		out = append(out, cloned(e))
	}
	return out, nil
}

// Cursor implements Journal.
func (j *MemJournal) Cursor(_ context.Context, sink string) (int64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.cursors[sink], nil
}

// Entries implements Journal.
func (j *MemJournal) Entries(_ context.Context, sink string) ([]Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []Entry
	for _, key := range slices.Sorted(maps.Keys(j.ledgers[sink])) {
		out = append(out, Entry{Key: key, Value: bytes.Clone(j.ledgers[sink][key])})
	}
	return out, nil
}

// Advance implements Journal.
func (j *MemJournal) Advance(_ context.Context, sink string, seq int64, entries []Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.FailAdvance != nil {
		if err := j.FailAdvance(sink, seq); err != nil {
			return err
		}
	}
	j.advance(sink, seq, entries)
	return nil
}

func (j *MemJournal) advance(sink string, seq int64, entries []Entry) {
	if j.cursors == nil {
		j.cursors, j.ledgers = map[string]int64{}, map[string]map[string][]byte{}
	}
	if j.ledgers[sink] == nil {
		j.ledgers[sink] = map[string][]byte{}
	}
	j.cursors[sink] = max(j.cursors[sink], seq)
	for _, e := range entries {
		if e.Value == nil {
			delete(j.ledgers[sink], e.Key)
			continue
		}
		j.ledgers[sink][e.Key] = bytes.Clone(e.Value)
	}
}

// SetAside implements Journal.
func (j *MemJournal) SetAside(_ context.Context, _ time.Time, sink string, seq int64, entries []Entry, what device.Rejection) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.cursors[sink] < seq {
		j.rejected = append(j.rejected, what)
	}
	j.advance(sink, seq, entries)
	return nil
}

// Rewind sets a cursor to where no journal may set it.
func (j *MemJournal) Rewind(sink string, seq int64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.advance(sink, seq, nil)
	j.cursors[sink] = seq
	return nil
}

// Reject implements Journal.
func (j *MemJournal) Reject(_ context.Context, _ time.Time, rs []device.Rejection) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rejected = append(j.rejected, rs...)
	return nil
}

// Rejected returns what was rejected so far.
func (j *MemJournal) Rejected() []device.Rejection {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]device.Rejection(nil), j.rejected...)
}

// Records returns what was committed so far.
func (j *MemJournal) Records() []*Record {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]*Record(nil), j.records...)
}
