package identity

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/quorate/quorate/device"
)

// State is all that identity remembers. Devices and Bindings are the whole of it: a store keeps their values and
// fills the maps of a NewState. The index beside them is rebuilt where it is missing.
type State struct {
	Devices  map[device.ID]*Device
	Bindings map[device.SourceRef]*Binding

	idx atomic.Pointer[index]
}

// Device is one device. Values are never modified once they are in a State.
type Device struct {
	ID      device.ID `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	// NamedBy is the ref whose word Name is; zero where a pin or a person named the device.
	NamedBy device.SourceRef `json:"named_by,omitzero"`
	// Makeshift says that Name is only an address or a ref: a better one replaces it.
	Makeshift bool `json:"makeshift,omitempty"`
	// Pin is the owner's description as it was applied last; nil for a device that no pin describes.
	Pin *Pin `json:"pin,omitempty"`
	// MergedInto is the survivor of a merge, since MergedAt: the id is an alias then, and Brought are the refs to give
	// back.
	MergedInto device.ID          `json:"merged_into,omitempty"`
	MergedAt   time.Time          `json:"merged_at,omitzero"`
	Brought    []device.SourceRef `json:"brought,omitempty"`
	// Given says that a person gave the device its name.
	Given bool `json:"given,omitempty"`
	// Apart are devices that a person said are not this one: no key merges them.
	Apart []device.ID `json:"apart,omitempty"`
	// Forgotten is when a person had the device forgotten; its refs are as good as unknown since.
	Forgotten time.Time `json:"forgotten,omitzero"`
	// Repairs are the newest changes of who this device is that can be undone, the newest last.
	Repairs []Repair `json:"repairs,omitempty"`
	// Conflicts are the disagreements recorded so far, the newest last.
	Conflicts []Conflict `json:"conflicts,omitempty"`
}

// Gone reports whether the device is no more: merged into another one, or forgotten.
func (d *Device) Gone() bool { return d.MergedInto != "" || !d.Forgotten.IsZero() }

// Conflict is one disagreement about who a device is: a key that points at another device as well.
type Conflict struct {
	Other  device.ID `json:"other,omitempty"`
	Key    Kind      `json:"key"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Binding says that a source's ref is a device, since when and why. Values are never modified once in a State.
type Binding struct {
	Source string    `json:"source"`
	Ref    string    `json:"ref"`
	Device device.ID `json:"device"`
	// By is what bound the ref: a key's kind, ByPin, ByMerge, BySplit, or ByItself for the first ref of a device.
	By    string    `json:"by"`
	Since time.Time `json:"since"`
	// Identity is the source's newest word, without links.
	Identity device.Identity `json:"identity"`
	// ChangedAt holds, per field that has changed since the binding was made, when it did.
	ChangedAt map[string]time.Time `json:"changed_at,omitempty"`
	// AbsentSince is the first complete snapshot without the ref; zero while the source reports it. The binding stays,
	// but an absent ref is no evidence and no obstacle for others.
	AbsentSince time.Time `json:"absent_since,omitzero"`
	// Weak says that only a bare host name binds the ref. QuietSince is since when no other device had that name; zero
	// while one has it.
	Weak       bool      `json:"weak,omitempty"`
	QuietSince time.Time `json:"quiet_since,omitzero"`
	// Serial is the chassis serial that the ref is known by. Held is why its votes are held: the ref has changed hands.
	Serial string `json:"serial,omitempty"`
	Held   string `json:"held,omitempty"`
	// Moves is the history of its addresses, the newest last. Until SettlesAt its new address merges no devices.
	Moves     []Move    `json:"moves,omitempty"`
	SettlesAt time.Time `json:"settles_at,omitzero"`
}

// SourceRef returns the name of the binding's ref.
func (b *Binding) SourceRef() device.SourceRef { return device.SourceRef{Source: b.Source, Ref: b.Ref} }

// Move is one change of a ref's addresses.
type Move struct {
	From []string  `json:"from"`
	To   []string  `json:"to"`
	At   time.Time `json:"at"`
}

// What bound a ref, beside the kinds of keys.
const (
	ByItself = "itself"
	ByPin    = "pin"
	ByMerge  = "merge"
	BySplit  = "split"
)

// Who changed who is who, where it was neither a key nor a pin.
const (
	ByPerson = "person"
	ByUndo   = "undo"
)

// The histories in devices and bindings are bounded; the events keep all of it.
const (
	maxMoves     = 16
	maxConflicts = 16
)

// NewState returns an empty state.
func NewState() *State {
	return &State{Devices: map[device.ID]*Device{}, Bindings: map[device.SourceRef]*Binding{}}
}

// Living resolves id through merges to the device that carries it on. It is false for an unknown id.
func (s *State) Living(id device.ID) (device.ID, bool) {
	d, ok := s.Devices[id]
	for range len(s.Devices) {
		if !ok || d.MergedInto == "" {
			break
		}
		id = d.MergedInto
		d, ok = s.Devices[id]
	}
	return id, ok
}

type stateJSON struct {
	Devices  []*Device  `json:"devices"`
	Bindings []*Binding `json:"bindings"`
}

// MarshalJSON writes devices and bindings as lists, in order.
func (s *State) MarshalJSON() ([]byte, error) {
	j := stateJSON{Devices: make([]*Device, 0, len(s.Devices)), Bindings: make([]*Binding, 0, len(s.Bindings))}
	for _, d := range s.Devices {
		j.Devices = append(j.Devices, d)
	}
	for _, b := range s.Bindings {
		j.Bindings = append(j.Bindings, b)
	}
	slices.SortFunc(j.Devices, func(a, b *Device) int { return compareIDs(a.ID, b.ID) })
	slices.SortFunc(j.Bindings, func(a, b *Binding) int { return a.SourceRef().Compare(b.SourceRef()) })
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *State) UnmarshalJSON(b []byte) error {
	var j stateJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return fmt.Errorf("identity state: %w", err)
	}
	s.Devices = make(map[device.ID]*Device, len(j.Devices))
	s.Bindings = make(map[device.SourceRef]*Binding, len(j.Bindings))
	for _, d := range j.Devices {
		s.Devices[d.ID] = d
	}
	for _, x := range j.Bindings {
		s.Bindings[x.SourceRef()] = x
	}
	s.idx.Store(nil)
	return nil
}

func compareIDs(a, b device.ID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
