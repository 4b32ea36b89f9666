package consensus

import (
	"maps"
	"time"

	"github.com/quorate/quorate/device"
)

// index saves work: it finds devices by ref, name and state, and knows which of them need no look without news. It is
// rebuilt where it is missing and never stored.
type index struct {
	// refs may be outdated: whoever follows an entry looks whether the report is there.
	refs  map[device.SourceRef]device.ID
	names map[string]device.ID
	downs map[device.ID]struct{}
	muted map[device.ID]struct{} // by people and schedules
	// restless are the devices to judge at every instant; the others need no look up to wake, unless they are heard
	// of or a source's standing changes.
	restless map[device.ID]struct{}
	wake     time.Time
	// judgedBy is the configuration of the latest instant: another one makes every device worth a look.
	judgedBy *Config
}

// doze is how long a device must need no look to be worth leaving alone.
const doze = time.Minute

// rest is until when a device that was judged needs no look without news.
type rest struct {
	id    device.ID
	until time.Time
}

// never is later than every instant.
var never = time.Unix(1<<40, 0)

func (x *index) build(devices map[device.ID]*Device) {
	if x.refs == nil {
		x.refs = make(map[device.SourceRef]device.ID, 2*len(devices))
		x.downs = map[device.ID]struct{}{}
		x.muted = map[device.ID]struct{}{}
		x.restless = map[device.ID]struct{}{}
		for id, d := range devices {
			for i := range d.Reports {
				x.refs[d.Reports[i].key()] = id
			}
			if d.Reach.State == device.StateDown {
				x.downs[id] = struct{}{}
			}
			if len(d.Mutes) > 0 {
				x.muted[id] = struct{}{}
			}
		}
	}
	if x.names == nil {
		x.names = make(map[string]device.ID, len(devices))
		for id, d := range devices {
			// Names ought to be unique; where they are not, the choice must not depend on map order.
			if other, taken := x.names[d.Name]; !taken || id < other {
				x.names[d.Name] = id
			}
		}
	}
}

// Newest returns the date of the newest observation of a ref, zero where none is held. Like Judge it builds what it
// looks it up in: whoever calls Judge may call it, and nobody at the same time.
func (s *State) Newest(ref device.SourceRef) time.Time {
	s.index.build(s.Devices)
	if d := s.Devices[s.index.refs[ref]]; d != nil {
		if i, found := findReport(d.Reports, ref.Source, ref.Ref); found {
			return d.Reports[i].Newest
		}
	}
	return time.Time{}
}

// update follows the outcome o, before it is applied to s.
func (x *index) update(s *State, o *Outcome) {
	if x.refs == nil {
		return
	}
	for id, d := range o.Devices {
		old := s.Devices[id]
		if old == nil || old.Name != d.Name {
			x.names = nil
		}
		if d.Reach.State == device.StateDown {
			x.downs[id] = struct{}{}
		} else if old != nil && old.Reach.State == device.StateDown {
			delete(x.downs, id)
		}
		if len(d.Mutes) > 0 {
			x.muted[id] = struct{}{}
		} else if old != nil && len(old.Mutes) > 0 {
			delete(x.muted, id)
		}
	}
	maps.Copy(x.refs, o.bound)
	if o.all {
		x.wake = never
	}
	soon := o.at.Add(doze)
	for _, r := range o.rests {
		if r.until.After(soon) {
			if len(x.restless) > 0 {
				delete(x.restless, r.id)
			}
			if r.until.Before(x.wake) {
				x.wake = r.until
			}
		} else {
			x.restless[r.id] = struct{}{}
		}
	}
	for _, id := range o.Removed {
		x.names = nil
		delete(x.downs, id)
		delete(x.muted, id)
		delete(x.restless, id)
	}
	x.judgedBy = o.cfg
}
