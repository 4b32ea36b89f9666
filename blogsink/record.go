package blogsink

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/quorate/quorate/device"
)

// record is what the events of a milestone add up to. It holds names and ids as they are: facts are made of it, and
// nothing of it reaches a template as it stands.
type record struct {
	after       int64 // events up to here belong to the milestone before
	last        int64 // the newest event read
	first, told int64 // the first and the last event that the post is about
	begin, end  time.Time
	events      int

	discovered, merged, split, renamed, moved, retired int
	pending, flapping, crashes                         int

	outages   []*outage
	open      map[device.ID]*outage
	incidents map[string]*outage // open ones, by their id
	doubts    []*doubt           // of sources: blind or suspect
	doubting  map[string]*doubt
	disputes  []*dispute
	disputed  map[device.ID]*dispute
	unknown   int // verdicts of unknown after the device was known
}

// outage is a device that was down, with what went down behind it.
type outage struct {
	device   device.Name
	from, to time.Time // to is zero while it lasts
	since    time.Time // when the first source saw it
	because  device.ID // of a device that went down before its root was known to be
	behind   map[device.ID]bool
	told     int // how many are behind it by the incident's own count
}

func (o *outage) size() int { return max(len(o.behind), o.told) }

// doubt is a time in which a source was not believed or not heard.
type doubt struct {
	source   string
	suspect  bool
	cutOff   bool // it answered, and had lost its own network
	shrunk   bool
	downs    int // that were not believed
	unknown  int // devices that nobody else could speak for
	from, to time.Time
}

// dispute is a time in which fresh witnesses disagreed about a device.
type dispute struct {
	device   device.Name
	from, to time.Time
	winner   device.State
}

func newRecord(after int64) *record {
	return &record{
		after: after, last: after, open: map[device.ID]*outage{}, incidents: map[string]*outage{}, doubting: map[string]*doubt{}, disputed: map[device.ID]*dispute{},
	}
}

// maxKept bounds each list of happenings; beyond it the oldest go, the counts stay.
const maxKept = 2000

func (r *record) add(e *device.Event) {
	if e.Seq <= r.last {
		return
	}
	r.last = e.Seq
	if own(e.Type) {
		return
	}
	if r.first == 0 {
		r.first, r.begin = e.Seq, e.At
	}
	r.end, r.told = e.At, e.Seq
	r.events++
	switch e.Type {
	case device.EventDeviceDiscovered:
		r.discovered++
	case device.EventDeviceMerged:
		r.merged++
	case device.EventDeviceSplit:
		r.split++
	case device.EventDeviceRenamed:
		r.renamed++
	case device.EventDeviceMoved:
		r.moved++
	case device.EventDeviceRetired:
		r.retired++
	case device.EventVerdictPending:
		r.pending++
	case device.EventFlappingStart:
		r.flapping++
	case device.EventVerdictChanged:
		r.verdict(e)
	case device.EventIncidentOpened, device.EventIncidentChanged, device.EventIncidentClosed:
		r.incident(e)
	case device.EventDisputeOpened, device.EventDisputeClosed:
		r.dispute(e)
	case device.EventSourceBlind, device.EventSourceSuspect, device.EventSourceRecovered, device.EventSourceUp:
		r.source(e)
	case device.EventSourceCrashed, device.EventSourceQuarantined:
		r.crashes++
	}
}

func (r *record) verdict(e *device.Event) {
	if e.Device == nil {
		return
	}
	id := e.Device.ID
	switch device.Status(e.To) {
	case device.StatusDown:
		if e.Because == nil || e.Because.ID == id {
			r.outage(*e.Device, e)
			return
		}
		if root := r.open[e.Because.ID]; root != nil {
			root.behind[id] = true
			return
		}
		r.outage(*e.Device, e).because = e.Because.ID
	case device.StatusUnknown:
		if e.From != string(device.StatusUnknown) {
			r.unknown++
			for _, d := range r.doubting {
				if !d.suspect {
					d.unknown++
				}
			}
		}
		r.over(id, e.At)
	default:
		r.over(id, e.At)
	}
}

// outage returns the open outage of a device, opened by e if there is none.
func (r *record) outage(d device.Name, e *device.Event) *outage {
	o := r.open[d.ID]
	if o == nil {
		o = &outage{device: d, from: e.At, since: e.Since, behind: map[device.ID]bool{}}
		r.open[d.ID] = o
		r.outages = append(r.outages, o)
		if len(r.outages) > maxKept {
			r.outages = slices.Delete(r.outages, 0, 1)
		}
	}
	return o
}

func (r *record) over(id device.ID, at time.Time) {
	if o := r.open[id]; o != nil {
		o.to = at
		delete(r.open, id)
	}
}

var behindCount = regexp.MustCompile(`\b(\d{1,6}) devices? (?:behind|on) it`)

// incident counts what a root took along. When the root is back, the incident lasts until all are; the post tells
// when the root was.
func (r *record) incident(e *device.Event) {
	if e.Source != "" { // a source's incident is told by the source's own events
		return
	}
	if e.Type == device.EventIncidentClosed {
		delete(r.incidents, e.Incident)
		return
	}
	root := e.Because
	if root == nil {
		root = e.Device
	}
	o := r.incidents[e.Incident]
	if o == nil {
		if root == nil || e.Type != device.EventIncidentOpened {
			return
		}
		o = r.outage(*root, e)
		r.incidents[e.Incident] = o
	}
	// A count is no private value, and the sentence of the event is the only place that has it.
	if m := behindCount.FindStringSubmatch(e.Text); m != nil {
		n, _ := strconv.Atoi(m[1])
		o.told = max(o.told, n)
	}
}

// sameCause is how long before its root a device behind it may be found down: their monitors look at different times.
const sameCause = 2 * time.Minute

// settled returns the outages with those taken together that had one cause: a device that was found down a moment
// before the root that it hangs on is behind it.
func (r *record) settled() []*outage {
	out := slices.Clone(r.outages)
	for _, root := range r.outages {
		missing := root.told - len(root.behind)
		behind := func(o *outage) bool {
			if o == root || o.size() > 0 || o.from.After(root.from) || root.from.Sub(o.from) > sameCause || !o.to.IsZero() && o.to.Before(root.from) {
				return false
			}
			if o.because == root.device.ID {
				return true
			}
			missing--
			return o.because == "" && missing >= 0
		}
		if root.told > 0 {
			out = slices.DeleteFunc(out, behind)
		}
	}
	return out
}

func (r *record) dispute(e *device.Event) {
	if e.Device == nil {
		return
	}
	if e.Type == device.EventDisputeOpened {
		if r.disputed[e.Device.ID] == nil {
			d := &dispute{device: *e.Device, from: e.At}
			r.disputed[e.Device.ID] = d
			r.disputes = append(r.disputes, d)
			if len(r.disputes) > maxKept {
				r.disputes = slices.Delete(r.disputes, 0, 1)
			}
		}
		return
	}
	if d := r.disputed[e.Device.ID]; d != nil {
		d.to, d.winner = e.At, device.State(e.Winner)
		delete(r.disputed, e.Device.ID)
	}
}

var downsCount = regexp.MustCompile(`\b(\d{1,6}) downs? contradicted`)

// source follows when a monitor went blind or was not believed; both may be so at once.
func (r *record) source(e *device.Event) {
	switch e.Type {
	case device.EventSourceRecovered, device.EventSourceUp:
		for _, health := range []device.Health{device.HealthBlind, device.HealthSuspect} {
			key := e.Source + "\x00" + string(health)
			if d := r.doubting[key]; d != nil && (e.From == "" || e.From == string(health)) {
				d.to = e.At
				delete(r.doubting, key)
			}
		}
		return
	}
	d := &doubt{source: e.Source, suspect: e.Type == device.EventSourceSuspect, from: e.At}
	health := device.HealthBlind
	if d.suspect {
		health = device.HealthSuspect
	}
	key := e.Source + "\x00" + string(health)
	if r.doubting[key] != nil {
		return
	}
	if m := downsCount.FindStringSubmatch(e.Text); m != nil {
		d.downs, _ = strconv.Atoi(m[1])
	}
	d.shrunk = d.suspect && d.downs == 0
	d.cutOff = e.Reason == "own_network_lost"
	r.doubting[key] = d
	r.doubts = append(r.doubts, d)
	if len(r.doubts) > maxKept {
		r.doubts = slices.Delete(r.doubts, 0, 1)
	}
}
