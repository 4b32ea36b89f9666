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

	outages  []*outage
	open     map[device.ID]*outage
	doubts   []*doubt // of sources: blind or suspect
	doubting map[string]*doubt
	disputes []*dispute
	disputed map[device.ID]*dispute
	unknown  int // verdicts of unknown after the device was known
}

// outage is a device that was down, with what went down behind it.
type outage struct {
	device   device.Name
	from, to time.Time // to is zero while it lasts
	since    time.Time // when the first source saw it
	behind   map[device.ID]bool
	told     int // how many are behind it by the incident's own count
}

func (o *outage) size() int { return max(len(o.behind), o.told) }

// doubt is a time in which a source was not believed or not heard.
type doubt struct {
	source    string
	suspect   bool
	shrunk    bool
	downs     int
	from, to  time.Time
	recovered bool
}

// dispute is a time in which fresh witnesses disagreed about a device.
type dispute struct {
	device   device.Name
	from, to time.Time
	winner   device.State
}

func newRecord(after int64) *record {
	return &record{
		after: after, last: after, open: map[device.ID]*outage{}, doubting: map[string]*doubt{}, disputed: map[device.ID]*dispute{},
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
	switch device.Status(e.To) {
	case device.StatusDown:
		if e.Because != nil && e.Because.ID != e.Device.ID {
			r.outage(*e.Because, e).behind[e.Device.ID] = true
			return
		}
		r.outage(*e.Device, e)
	case device.StatusUnknown:
		if e.From != string(device.StatusUnknown) {
			r.unknown++
		}
		r.end1(e.Device.ID, e.At)
	default:
		r.end1(e.Device.ID, e.At)
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

func (r *record) end1(id device.ID, at time.Time) {
	if o := r.open[id]; o != nil {
		o.to = at
		delete(r.open, id)
	}
}

var behindCount = regexp.MustCompile(`\b(\d{1,6}) devices? (?:behind|on) it`)

func (r *record) incident(e *device.Event) {
	root := e.Because
	if root == nil {
		root = e.Device
	}
	if root == nil || root.ID == "" || e.Source != "" { // a source's incident is told by the source's own events
		return
	}
	if e.Type == device.EventIncidentClosed {
		return // the root's own verdict says when it was back
	}
	o := r.outage(*root, e)
	// A count is no private value, and the sentence of the event is the only place that has it.
	if m := behindCount.FindStringSubmatch(e.Text); m != nil {
		n, _ := strconv.Atoi(m[1])
		o.told = max(o.told, n)
	}
	if e.Device != nil && e.Device.ID != root.ID {
		o.behind[e.Device.ID] = true
	}
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

func (r *record) source(e *device.Event) {
	d := r.doubting[e.Source]
	switch e.Type {
	case device.EventSourceRecovered, device.EventSourceUp:
		if d != nil {
			d.to, d.recovered = e.At, true
			delete(r.doubting, e.Source)
		}
		return
	}
	if d != nil && d.suspect == (e.Type == device.EventSourceSuspect) {
		return
	}
	if d != nil {
		d.to = e.At
	}
	d = &doubt{source: e.Source, suspect: e.Type == device.EventSourceSuspect, from: e.At}
	if m := downsCount.FindStringSubmatch(e.Text); m != nil {
		d.downs, _ = strconv.Atoi(m[1])
	}
	d.shrunk = d.suspect && d.downs == 0
	r.doubting[e.Source] = d
	r.doubts = append(r.doubts, d)
	if len(r.doubts) > maxKept {
		r.doubts = slices.Delete(r.doubts, 0, 1)
	}
}
