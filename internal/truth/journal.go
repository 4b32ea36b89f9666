package truth

import (
	"context"
	"maps"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/internal/lab/seeded"
	"github.com/quorate/quorate/pipeline"
)

// journal keeps a record in memory, and what it means for the devices of a lab: which verdict held of each, and from
// when. It has one user.
type journal struct {
	loaded pipeline.Loaded
	// owner names the device of the lab that a ref of a monitor is about.
	owner map[device.SourceRef]int
	// bound are the agent's devices that the refs of each of the lab's devices are bound to, by ref.
	bound []map[device.SourceRef]device.ID
	held  map[device.ID]device.State
	// says is what was held of each of the lab's devices.
	says [][]seeded.Word
	// disputes counts those that were opened over whether a device answers, by the lab's devices.
	disputes []int
}

func newJournal(lab *seeded.Lab) *journal {
	j := &journal{
		loaded: pipeline.Loaded{Fresh: true, Identity: identity.NewState(), Consensus: consensus.NewState(), Prints: map[device.SourceRef]uint64{}},
		owner:  map[device.SourceRef]int{}, held: map[device.ID]device.State{},
		says: make([][]seeded.Word, len(lab.Devices)), disputes: make([]int, len(lab.Devices)),
	}
	for range lab.Devices {
		j.bound = append(j.bound, map[device.SourceRef]device.ID{})
	}
	for i := range lab.Monitors {
		m := &lab.Monitors[i]
		for dev := range lab.Devices {
			if ref, ok := m.Ref(dev); ok {
				j.owner[device.SourceRef{Source: m.Name, Ref: ref}] = dev
			}
		}
	}
	return j
}

// Load returns the state of the last commit; it belongs to the caller.
func (j *journal) Load(context.Context) (pipeline.Loaded, error) {
	l := j.loaded
	l.Identity, l.Consensus = identity.NewState(), consensus.NewState()
	maps.Copy(l.Identity.Devices, j.loaded.Identity.Devices)
	maps.Copy(l.Identity.Bindings, j.loaded.Identity.Bindings)
	maps.Copy(l.Consensus.Devices, j.loaded.Consensus.Devices)
	maps.Copy(l.Consensus.Sources, j.loaded.Consensus.Sources)
	l.Consensus.Global = j.loaded.Consensus.Global
	l.Prints = maps.Clone(j.loaded.Prints)
	return l, nil
}

// Commit takes over a record.
func (j *journal) Commit(_ context.Context, r *pipeline.Record) error {
	l := &j.loaded
	l.Fresh = false
	for _, id := range r.IdentityRemoved {
		delete(l.Identity.Devices, id)
	}
	maps.Copy(l.Identity.Devices, r.IdentityDevices)
	maps.Copy(l.Identity.Bindings, r.Bindings)
	maps.Copy(l.Consensus.Devices, r.Devices)
	for _, id := range r.Removed {
		delete(l.Consensus.Devices, id)
	}
	maps.Copy(l.Consensus.Sources, r.Sources)
	if r.Global != nil {
		l.Consensus.Global = r.Global
	}
	for _, o := range r.Observations {
		if !o.Late {
			l.Prints[device.SourceRef{Source: o.Source, Ref: o.Ref}] = o.Print
		}
	}
	l.LastSeq += int64(len(r.Events))
	l.LastBatch, l.LastInstant = r.Batch, r.Instants[len(r.Instants)-1]
	j.note(r, l.LastInstant)
	return nil
}

// note follows what the record means for the lab's devices.
func (j *journal) note(r *pipeline.Record, at time.Time) {
	touched := map[int]bool{}
	for ref, b := range r.Bindings {
		if dev, ok := j.owner[ref]; ok && j.bound[dev][ref] != b.Device {
			j.bound[dev][ref] = b.Device
			touched[dev] = true
		}
	}
	changed := map[device.ID]bool{}
	for i := range r.Events {
		e := &r.Events[i]
		if e.Device == nil {
			continue
		}
		switch e.Type {
		case device.EventVerdictChanged:
			j.held[e.Device.ID] = stateOf(device.Status(e.To))
			changed[e.Device.ID] = true
		case device.EventDisputeOpened:
			if e.Facet == device.FacetReach {
				j.each(e.Device.ID, func(dev int) { j.disputes[dev]++ })
			}
		}
	}
	for id := range changed {
		j.each(id, func(dev int) { touched[dev] = true })
	}
	for dev := range touched {
		state := j.stateOf(dev)
		if n := len(j.says[dev]); n == 0 || j.says[dev][n-1].State != state {
			j.says[dev] = append(j.says[dev], seeded.Word{At: at, State: state})
		}
	}
}

// each calls f for the lab's devices with a ref that is bound to id.
func (j *journal) each(id device.ID, f func(dev int)) {
	for dev, refs := range j.bound {
		for _, b := range refs {
			if b == id {
				f(dev)
				break
			}
		}
	}
}

// identities is the number of the agent's devices that one of the lab's devices is taken for.
func (j *journal) identities(dev int) int {
	ids := map[device.ID]bool{}
	for _, id := range j.bound[dev] {
		ids[id] = true
	}
	return len(ids)
}

// stateOf is what is held of one of the lab's devices. Where its refs are not bound to one device, which is a mistake,
// the worst word counts.
func (j *journal) stateOf(dev int) device.State {
	state := device.StateUnknown
	for _, id := range j.bound[dev] {
		switch j.held[id] {
		case device.StateDown:
			return device.StateDown
		case device.StateUp:
			state = device.StateUp
		}
	}
	return state
}

// stateOf is whether a device of that status answers: one that is degraded does.
func stateOf(s device.Status) device.State {
	switch s {
	case device.StatusUp, device.StatusDegraded:
		return device.StateUp
	case device.StatusDown:
		return device.StateDown
	}
	return device.StateUnknown
}

// Events, Cursor, Entries, Advance, SetAside and Reject are for sinks and batches that fail; a replay has none.
func (j *journal) Events(context.Context, int64, int) ([]device.Event, error) { return nil, nil }

// Cursor implements pipeline.Journal.
func (j *journal) Cursor(context.Context, string) (int64, error) { return 0, nil }

// Advance implements pipeline.Journal.
func (j *journal) Advance(context.Context, string, int64, []pipeline.Entry) error { return nil }

// Entries implements pipeline.Journal.
func (j *journal) Entries(context.Context, string) ([]pipeline.Entry, error) { return nil, nil }

// SetAside implements pipeline.Journal.
func (j *journal) SetAside(context.Context, time.Time, string, int64, []pipeline.Entry, device.Rejection) error {
	return nil
}

// Reject implements pipeline.Journal.
func (j *journal) Reject(context.Context, time.Time, []device.Rejection) error { return nil }
