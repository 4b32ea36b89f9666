package consensus

import (
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// model is the rules written a second time, straight from the specification and as plainly as it words them: it keeps
// every tally since a state was decided and looks back through them, where the package keeps dates and counts. Nothing
// of the package's own reckoning is used but the numbers of Rules. Which sources are not believed it is told.
type model struct {
	cfg     *Config
	rules   Rules
	at      time.Time
	refs    map[device.SourceRef]*modelRef
	devices map[device.ID]*modelDevice
	waits   map[string]time.Time // after a restart, for a source's poll
	doubted func(source string) (mass, short, lost bool)
}

// modelRef is what a source says under one ref.
type modelRef struct {
	device     device.ID
	newest     time.Time
	abstain    device.Abstention
	weak, held bool
	said       map[query]modelClaim
	ever       map[device.Facet]bool
}

type query struct {
	facet     device.Facet
	component string
}

var (
	askReach = query{facet: device.FacetReach}
	askMgmt  = query{facet: device.FacetMgmt}
)

type modelClaim struct {
	state    device.State
	sure     float64
	every    time.Duration
	measured time.Time
	came     time.Time // the instant at which this state of this date came first
}

type modelDevice struct {
	name   string
	status device.Status
	asked  map[query]*modelQuestion
}

func newModel(cfg *Config) *model {
	return &model{
		cfg: cfg, rules: cfg.Defaults.orDefaults(), refs: map[device.SourceRef]*modelRef{},
		devices: map[device.ID]*modelDevice{}, waits: map[string]time.Time{},
	}
}

func (m *model) meet(id device.ID, name string) *modelDevice {
	d := m.devices[id]
	if d == nil {
		d = &modelDevice{name: string(id), status: device.StatusUnknown, asked: map[query]*modelQuestion{}}
		m.devices[id] = d
	}
	if name != "" {
		d.name = name
	}
	return d
}

// people carries out what was decided of devices: names first.
func (m *model) people(infos []DeviceInfo) {
	for _, in := range infos {
		if in.MergedInto == "" && !in.Forget {
			m.meet(in.ID, in.Name)
		}
	}
	for _, in := range infos {
		if m.devices[in.ID] == nil || in.MergedInto == "" && !in.Forget {
			continue
		}
		if in.MergedInto != "" {
			m.meet(in.MergedInto, "")
		}
		for ref, r := range m.refs {
			switch {
			case r.device != in.ID:
			case in.Forget:
				delete(m.refs, ref)
			default:
				r.device = in.MergedInto
			}
		}
		delete(m.devices, in.ID)
	}
}

// hear is section 1. It returns what is late as a whole.
func (m *model) hear(sn Snapshot) []device.SourceRef {
	var late []device.SourceRef
	src, configured := m.cfg.Sources[sn.Source]
	if !configured || sn.Err != "" {
		return nil
	}
	shift := time.Duration(0)
	if !sn.SourceClock.IsZero() {
		if off := m.at.Sub(sn.SourceClock); off > 2*time.Second || off < -2*time.Second {
			shift = off
		}
	}
	// date is the time of a measurement by our clock, never ahead of now.
	date := func(given, otherwise time.Time) time.Time {
		if given.IsZero() {
			return otherwise
		}
		if t := given.Add(shift); t.Before(m.at) {
			return t
		}
		return m.at
	}
	for _, b := range sn.Observations {
		o := b.Observation
		ref := device.SourceRef{Source: src.Name, Ref: o.Ref}
		r := m.refs[ref]
		if r == nil {
			r = &modelRef{said: map[query]modelClaim{}, ever: map[device.Facet]bool{}}
			m.refs[ref] = r
		}
		if m.devices[b.Device] == nil {
			m.meet(b.Device, o.Name)
		}
		r.device, r.weak, r.held = b.Device, b.Weak, b.Held
		r.enrol()
		observed := date(o.ObservedAt, m.at)
		if observed.Before(r.newest) {
			late = append(late, ref)
			continue
		}
		r.newest = observed
		if o.Abstain != "" {
			r.abstain = o.Abstain
			continue
		}
		if !r.take(o, m.at, func(c device.Claim) time.Time { return date(c.ObservedAt, observed) }) {
			late = append(late, ref)
		}
	}
	return late
}

// take replaces what a ref says by the claims of o; it reports whether any of them counts.
func (r *modelRef) take(o *device.Observation, at time.Time, date func(device.Claim) time.Time) bool {
	next, fresh := map[query]modelClaim{}, map[query]bool{}
	lates := 0
	hear := func(q query, c modelClaim, own bool) {
		held, known := r.said[q]
		if own && known && c.measured.Before(held.measured) {
			lates++
			if !fresh[q] {
				next[q] = held // what is late takes nothing back
			}
			return
		}
		c.came = at
		if known && held.state == c.state && held.measured.Equal(c.measured) {
			c.came = held.came
		}
		if other := next[q]; fresh[q] && (other.measured.After(c.measured) || other.measured.Equal(c.measured) && worse(other.state, c.state)) {
			return
		}
		next[q], fresh[q] = c, true
	}
	implied := true
	for _, c := range o.Claims {
		q := query{facet: c.Facet}
		if c.Facet == device.FacetHealth {
			q.component = partKey(c.Component)
		}
		implied = implied && c.Facet != device.FacetReach
		hear(q, modelClaim{state: c.State, sure: c.Sure(), every: time.Duration(c.Interval), measured: date(c)}, !c.ObservedAt.IsZero())
	}
	if lates > 0 && len(fresh) == 0 { // an old answer proves nothing anew
		return false
	}
	if up, ok := next[askMgmt]; ok && implied && up.state == device.StateUp {
		own := fresh[askMgmt] && slices.ContainsFunc(o.Claims, func(c device.Claim) bool {
			return c.Facet == device.FacetMgmt && !c.ObservedAt.IsZero()
		})
		hear(askReach, up, own)
	}
	r.abstain, r.said = "", next
	r.enrol()
	return true
}

// enrol remembers what the ref ever claimed and was free to vote on.
func (r *modelRef) enrol() {
	for q := range r.said {
		r.ever[q.facet] = r.ever[q.facet] || !r.weak && !r.held
	}
}

// worse orders states of one facet and date: split is between up and down.
func worse(a, b device.State) bool {
	const order = "up ok split warning down critical"
	return strings.Index(order, string(a)) >= strings.Index(order, string(b))
}

// partKey says which component is meant, of those in stories.
func partKey(written string) string {
	return map[string]string{"disk:1": "disk:1", "disk:Disk 1": "disk:1", "fan:2": "fan:2", "": ""}[written]
}

// restart is the wait of section 8: it reports whether verdicts are held at this instant.
func (m *model) restart(in Instant) bool {
	if in.Restart {
		for name, s := range m.cfg.Sources {
			m.waits[name] = m.at.Add(2 * s.Interval)
		}
	}
	for _, sn := range in.Snapshots {
		if !sn.Probe {
			delete(m.waits, sn.Source)
		}
	}
	for name, until := range m.waits {
		if !m.at.Before(until) {
			delete(m.waits, name)
		}
	}
	return len(m.waits) > 0
}

func (r *modelRef) everAsked() bool {
	for _, yes := range r.ever {
		if yes {
			return true
		}
	}
	return false
}
