package consensus

import (
	"maps"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// Instant is one moment at which everything is judged, with all that arrived at it.
type Instant struct {
	At time.Time
	// Snapshots are the polls that ended at this instant. Their order does not matter.
	Snapshots []Snapshot
	// Devices are those that are new, renamed, merged or forgotten at this instant.
	Devices []DeviceInfo
	// Restart says that time was lost before this instant: no verdict changes until each source has ended a poll.
	Restart bool
	// Believe names sources that a person believes although their snapshots have shrunk.
	Believe []string
	// Mutes begin or end maintenance and acknowledgements.
	Mutes []Mute
}

// Snapshot is one poll of one source with every observation bound to its device.
type Snapshot struct {
	Source      string
	At          time.Time
	SourceClock time.Time
	Err         string
	Partial     bool
	// Probe marks the answer to a ProbeRequest, and what a watch heard: its claims count, but it is no poll of the source.
	Probe        bool
	Observations []Bound
}

// Bound is an observation with the device it is about.
type Bound struct {
	Device      device.ID
	Observation *device.Observation
	// Links are the devices behind the ports of Device, ordered by device and port, each once.
	Links []Link
	// Weak and Held hold back its votes: the binding rests on a bare host name, or identities conflict.
	Weak, Held bool
}

// DeviceInfo is a device that is new, renamed, merged or forgotten.
type DeviceInfo struct {
	ID   device.ID
	Name string
	// MergedInto is the survivor, which takes over the reports; empty otherwise.
	MergedInto device.ID
	// Forget removes the device.
	Forget bool
	// Back says that the device is no longer part of the one that had taken it in.
	Back bool
	// Takes are refs whose reports are this device's from now on.
	Takes []device.SourceRef
}

// Outcome is what one instant changed, to be stored as a whole and then applied.
type Outcome struct {
	// Devices, Sources and Global are new copies of all that changed; Removed are devices that are no more. Devices of
	// which only dates moved are not among them: see Dates.
	Devices map[device.ID]*Device
	Removed []device.ID
	Sources map[string]*SourceState
	Global  *Global
	// Events come without sequence number and id: sources first, then devices, then incidents, each by name.
	Events   []device.Event
	Verdicts []VerdictOf
	// Probe are the tie-breakers to ask now.
	Probe []ProbeRequest
	// Late are the observations of this instant that are history only.
	Late map[device.SourceRef]bool

	// What the index of the state needs to follow.
	of    *State // the one that was judged
	cfg   *Config
	at    time.Time
	rests []rest
	all   bool // every device was judged
	lapse
	// moved are the repeated words, by source.
	moved map[string]*moves
	nodes map[device.ID]*node
}

// VerdictOf is the full record behind the verdict.changed event at index Event of an Outcome.
type VerdictOf struct {
	Event   int
	Verdict device.Verdict
}

// ProbeRequest asks sources about a device on which the votes are contested.
type ProbeRequest struct {
	Device  device.ID
	Sources []device.SourceRef
}

// Judge works out what the instant in changes. It does not modify prev; calls on one State must not run at the same
// time, since they share its indexes.
func Judge(cfg *Config, prev *State, in Instant) Outcome {
	j := newJudge(cfg, prev, in)
	j.meet(in.Devices)
	j.wait(in.Restart)
	j.hear(in.Snapshots)
	j.believe(in.Believe)
	j.doubt()
	j.mute(in.Mutes)
	j.judgeDevices()
	j.findParents()
	j.overlay()
	j.group()
	return j.outcome()
}

// judge is the work on one instant: copies of what changes, and what there is to tell.
type judge struct {
	bench
	prev    *State
	devices map[device.ID]*Device
	sources map[string]*SourceState
	global  *Global
	removed map[device.ID]bool
	// deserted are devices that may have lost all reports but those that follow them.
	deserted []device.ID
	// linked says that what hangs on what may have changed.
	linked bool
	// bound are refs whose device changed at this instant.
	bound map[device.SourceRef]device.ID
	names map[string]device.ID // only where devices are new or renamed
	// restored are the devices that are as they were before a merge, with what was held of them until now. Kept are the
	// incidents that had them before, and are true for those that are open again.
	restored map[device.ID]*Device
	kept     map[string]bool
	late     map[device.SourceRef]bool

	// moved are the repeated words of this instant, by source, and round is its number in the index.
	moved map[string]*moves
	round uint32

	hold   bool // a restart waits: no verdict changes
	all    bool // every device must be judged, quiet or not
	judged bool // all that must be judged is
	lapse
	polled     map[string]bool
	notes      map[device.ID][]note
	downs      []device.ID // devices down after this instant
	disproved  []device.ID // devices whose dispute ended in up
	rests      []rest
	probes     []ProbeRequest
	sourceTold []device.Event
	groupTold  []device.Event
}

func newJudge(cfg *Config, prev *State, in Instant) *judge {
	prev.index.build(prev.Devices)
	g := *prev.Global
	x := &prev.index
	x.round++
	j := &judge{
		prev: prev, global: &g, round: x.round, moved: map[string]*moves{},
		devices: map[device.ID]*Device{}, sources: make(map[string]*SourceState),
		removed: map[device.ID]bool{}, bound: map[device.SourceRef]device.ID{}, late: map[device.SourceRef]bool{},
		polled: map[string]bool{}, notes: map[device.ID][]note{},
	}
	j.bench = newBench(cfg, utc(in.At), j.source)
	if j.all = x.judgedBy != cfg; !j.all {
		j.lapse = x.due(&j.bench)
	}
	g.LastInstant = j.at
	return j
}

// device returns the device as it stands within this instant, or nil.
func (j *judge) device(id device.ID) *Device {
	if n := j.moving(id); n != nil {
		return j.edit(id)
	}
	return j.glance(id)
}

// glance returns the device as it stands within this instant, or nil, but for dates that may have moved: those in its
// reports, and LastUp.
func (j *judge) glance(id device.ID) *Device {
	if d, ok := j.devices[id]; ok {
		return d
	}
	if j.removed[id] {
		return nil
	}
	return j.prev.Devices[id]
}

// moving returns the node of a device with dates that have moved and are not in a copy of it yet, or nil.
func (j *judge) moving(id device.ID) *node {
	if len(j.moved) == 0 {
		return nil
	}
	n := j.prev.index.nodes[id]
	if n == nil || n.edited == j.round {
		return nil
	}
	for _, s := range n.slots {
		if s.moved == j.round {
			return n
		}
	}
	return nil
}

// edit returns a copy of the device that may be changed; it must exist. What it points to must be replaced, not
// changed.
func (j *judge) edit(id device.ID) *Device {
	if d, ok := j.devices[id]; ok {
		return d
	}
	d := *j.prev.Devices[id]
	j.devices[id] = &d
	if n := j.prev.index.nodes[id]; n != nil {
		j.fold(n, &d)
		n.edited = j.round
	}
	return &d
}

// source returns the source as it stands within this instant; a source never heard of has the zero state.
func (j *judge) source(name string) *SourceState {
	if s, ok := j.sources[name]; ok {
		return s
	}
	if s, ok := j.prev.Sources[name]; ok {
		return s
	}
	return &SourceState{}
}

func (j *judge) editSource(name string) *SourceState {
	if s, ok := j.sources[name]; ok {
		return s
	}
	s := *j.source(name)
	j.sources[name] = &s
	return &s
}

// find returns the device that has the report of this ref.
func (j *judge) find(ref device.SourceRef) (device.ID, bool) {
	id, ok := j.bound[ref]
	if !ok {
		s := j.prev.index.slot(ref)
		if s == nil {
			return "", false
		}
		id = s.node.id
	}
	d := j.glance(id)
	if d == nil {
		return "", false
	}
	_, ok = findReport(d.Reports, ref.Source, ref.Ref)
	return id, ok
}

// byName returns the device of that name.
func (j *judge) byName(name string) (device.ID, bool) {
	if j.names != nil {
		id, ok := j.names[name]
		return id, ok
	}
	id, ok := j.prev.index.names[name]
	return id, ok
}

// each calls f for every device of this instant, as glance has it, in no order.
func (j *judge) each(f func(device.ID, *Device)) {
	for id, d := range j.prev.Devices {
		if j.removed[id] {
			continue
		}
		if changed, ok := j.devices[id]; ok {
			d = changed
		}
		f(id, d)
	}
	for id, d := range j.devices {
		if _, old := j.prev.Devices[id]; !old {
			f(id, d)
		}
	}
}

func (j *judge) outcome() Outcome {
	o := Outcome{
		Devices: j.devices, Sources: j.sources, Global: j.global, Late: j.late,
		Removed: slices.Sorted(maps.Keys(j.removed)), of: j.prev, cfg: j.cfg, at: j.at, rests: j.rests,
		all: j.all, lapse: j.lapse, moved: j.moved, nodes: j.prev.index.nodes,
	}
	j.tell(&o)
	slices.SortFunc(j.probes, func(a, b ProbeRequest) int { return j.order(a.Device, b.Device) })
	o.Probe = j.probes
	return o
}

// order compares devices by name, then id: the order of everything that is told.
func (j *judge) order(a, b device.ID) int {
	if c := compare(j.glance(a).Name, j.glance(b).Name); c != 0 {
		return c
	}
	return compare(a, b)
}

func (j *judge) name(id device.ID) device.Name {
	if d := j.glance(id); d != nil {
		return device.Name{ID: id, Name: d.Name}
	}
	return device.Name{ID: id, Name: string(id)}
}
