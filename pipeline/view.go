package pipeline

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// View is the state of the last commit. Its methods may be called at any time, also while the pipeline runs.
type View struct {
	// mu lets readers in between two commits. Only the committer writes.
	mu        sync.RWMutex
	cfg       *Config // replaced, never changed: who judges sees by the pointer that it is another one
	settings  []byte  // cfg, as it is recorded
	recorded  []byte  // the newest settings on record
	identity  *identity.State
	consensus *consensus.State
	salt      string
	batch     uint64
	lastSeq   int64
	lastAt    time.Time
	// who rises with each change of who is who; whoBy is the configuration that it was worked out by.
	who   uint64
	whoBy *Config
}

func newView(cfg Config) *View {
	return &View{cfg: &cfg, settings: cfg.settings(), identity: identity.NewState(), consensus: consensus.NewState()}
}

// load takes over what the journal holds.
func (v *View) load(l Loaded) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.identity, v.consensus, v.salt = l.Identity, l.Consensus, l.Salt
	cfg := *v.cfg
	cfg.Identity.Salt = l.Salt
	v.cfg = &cfg
	v.identity.Use(&cfg.Identity)
	v.recorded = l.Settings
	v.batch, v.lastSeq, v.lastAt = l.LastBatch, l.LastSeq, l.LastInstant
	v.who, v.whoBy = v.who+1, v.cfg
}

// advance moves on to an instant that is committed.
func (v *View) advance(in *instant) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.identity.Apply(in.who)
	v.consensus.Apply(in.truth)
	if v.whoBy != v.cfg || len(in.who.Devices)+len(in.who.Removed)+len(in.who.Bindings) > 0 {
		v.who, v.whoBy = v.who+1, v.cfg
	}
	v.batch, v.lastAt = in.record.Batch, in.at
	if in.record.Settings != nil {
		v.recorded = in.record.Settings
	}
	v.lastSeq += int64(len(in.record.Events))
}

// reconfigure puts another configuration in force from the next instant on.
func (v *View) reconfigure(cfg Config) {
	v.mu.Lock()
	defer v.mu.Unlock()
	cfg.Identity.Salt = v.salt
	v.cfg, v.settings = &cfg, cfg.settings()
}

// LastSeq returns the sequence number of the newest event, 0 before the first.
func (v *View) LastSeq() int64 {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.lastSeq
}

// LastInstant returns when everything was judged last; zero before the first instant.
func (v *View) LastInstant() time.Time {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.lastAt
}

// Devices returns all devices by name, with the votes as they count at at.
func (v *View) Devices(at time.Time) []device.Current {
	v.mu.RLock()
	defer v.mu.RUnlock()
	out := make([]device.Current, 0, len(v.consensus.Devices))
	for id := range v.consensus.Devices {
		out = append(out, v.current(id, at))
	}
	slices.SortFunc(out, func(a, b device.Current) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	return out
}

// Device returns one device by id (also that of a merged one), name, "source/ref", address or host name.
func (v *View) Device(nameOrID string, at time.Time) (device.Current, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	id, ok := v.identity.Find(nameOrID)
	if !ok || v.consensus.Devices[id] == nil {
		return device.Current{}, false
	}
	return v.current(id, at), true
}

// Lives returns what a device's id has stood for, the oldest first; see identity.State.
func (v *View) Lives(id device.ID) []identity.Life {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.identity.Lives(id)
}

// Followable returns the devices that other sources than source report, with at most so many addresses each (see
// identity.State), and the mark of that list. It is false where nobody can have changed since the mark that the caller has
// from before; 0 is that of no list.
func (v *View) Followable(source string, addresses int, since uint64) ([]identity.Followable, uint64, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.who == since {
		return nil, since, false
	}
	return v.identity.Followable(source, addresses), v.who, true
}

// Missing says that the newest believed complete answer of a source came without what it knows as that ref.
func (v *View) Missing(id device.ID, ref device.SourceRef) bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	d := v.consensus.Devices[id]
	if d == nil {
		return false
	}
	return slices.ContainsFunc(d.Reports, func(r consensus.Report) bool { return r.Missed && r.Source == ref.Source && r.Ref == ref.Ref })
}

// Profile returns all that is known of who a device is, and what it hangs on.
func (v *View) Profile(id device.ID) (device.Profile, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	p, ok := v.identity.Profile(id)
	p.Parents = consensus.ParentsOf(&v.cfg.Consensus, v.consensus, id)
	return p, ok
}

// Fields returns the properties of a device with their sources and who says otherwise.
func (v *View) Fields(id device.ID) []identity.Field {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.identity.Fields(id)
}

func (v *View) current(id device.ID, at time.Time) device.Current {
	c := consensus.Describe(&v.cfg.Consensus, v.consensus, id, at)
	c.ID = id
	v.identity.Fill(&c)
	return c
}

// Sources returns the configured sources by name.
func (v *View) Sources(at time.Time) []device.SourceStatus {
	v.mu.RLock()
	defer v.mu.RUnlock()
	out := make([]device.SourceStatus, 0, len(v.cfg.Consensus.Sources))
	for name := range v.cfg.Consensus.Sources {
		out = append(out, consensus.DescribeSource(&v.cfg.Consensus, v.consensus, name, at))
	}
	slices.SortFunc(out, func(a, b device.SourceStatus) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Scores returns who called devices down that were not.
func (v *View) Scores() device.Scoreboard {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return consensus.Scores(v.consensus)
}

// Mutes returns the devices of the given names and all others that people or schedules have muted, by name.
func (v *View) Mutes(names map[string]bool) []consensus.Held {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return consensus.Mutes(v.consensus, names)
}

// Coverage returns who can speak for each device.
func (v *View) Coverage(at time.Time) consensus.CoverageReport {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return consensus.Coverage(&v.cfg.Consensus, v.consensus, at)
}

// Disputes returns the questions on which the votes are contested.
func (v *View) Disputes(at time.Time) []device.Dispute {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return consensus.Disputes(&v.cfg.Consensus, v.consensus, at)
}

// Stand says how a device stands at a time, beside a verdict on it; empty where that says it all.
func (v *View) Stand(id device.ID, given device.Verdict, at time.Time) string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.consensus.Devices[id] == nil {
		return ""
	}
	disputes := slices.DeleteFunc(consensus.Disputes(&v.cfg.Consensus, v.consensus, at), func(d device.Dispute) bool { return d.Device.ID != id })
	return consensus.ExplainStand(given, consensus.Describe(&v.cfg.Consensus, v.consensus, id, at), disputes, at)
}

// Incidents returns the open incidents.
func (v *View) Incidents() []device.Incident {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return consensus.Incidents(v.consensus)
}
