package blogsink

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
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
	zone        *time.Location // of what is told
	round       time.Duration  // what instants are told to; 0 leaves it to the length of the story

	discovered, merged, split, renamed, moved, retired int
	flapping, crashes                                  int
	blind, suspect                                     int // times a monitor was
	unknown                                            int // verdicts of unknown after the device was known
	detected                                           []time.Duration

	course  *course
	journal *journal

	outages   []*outage
	incidents map[string]*outage // by the incident's id; those that ended stay, for what is told later
	doubts    []*doubt           // of sources: blind or suspect
	doubting  map[string]*doubt
	disputes  []*dispute
	disputed  map[string]*dispute
}

// outage is an incident: a root that was down, with what went down behind it.
type outage struct {
	seq      int64 // of the event that opened it
	root     device.Name
	from, to time.Time // to is zero while it lasts
	behind   int       // the most devices that were down with it at once
	part     bool      // it turned out to be part of another one
}

// doubt is a time in which a source was not believed or not heard.
type doubt struct {
	seq      int64
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
	seq      int64
	device   device.Name
	from, to time.Time
	winner   device.State
}

func newRecord(after int64) *record {
	return &record{after: after, last: after, course: newCourse(), zone: time.UTC, incidents: map[string]*outage{}, doubting: map[string]*doubt{}, disputed: map[string]*dispute{}}
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
	r.course.add(e)
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
	case device.EventSourceCrashed, device.EventSourceHung, device.EventSourceLimit, device.EventSourceQuarantined:
		r.crashes++
	}
}

func (r *record) verdict(e *device.Event) {
	switch device.Status(e.To) {
	case device.StatusDown:
		if e.Because == nil && !e.Since.IsZero() && !e.Since.After(e.At) {
			r.detected = append(r.detected, e.At.Sub(e.Since))
		}
	case device.StatusUnknown:
		if e.From != "" && e.From != string(device.StatusUnknown) {
			r.unknown++
			for _, d := range r.doubting {
				if !d.suspect {
					d.unknown++
				}
			}
		}
	}
}

// incident follows one lasting problem: a root with all that it took along. It is over when all of them are back.
func (r *record) incident(e *device.Event) {
	if e.Source != "" || e.Incident == "" { // a source's incident is told by the source's own events
		return
	}
	o := r.incidents[e.Incident]
	if o == nil {
		if e.Type != device.EventIncidentOpened || e.Because == nil {
			return
		}
		o = &outage{seq: e.Seq, root: *e.Because, from: e.At}
		r.incidents[e.Incident] = o
		if r.outages = append(r.outages, o); len(r.outages) > maxKept {
			r.outages = slices.Delete(r.outages, 0, 1)
		}
	}
	if e.Because != nil {
		o.root = *e.Because // a deeper one may be found later
	}
	behind := 0
	for _, d := range e.Devices {
		if d.ID != o.root.ID {
			behind++
		}
	}
	o.behind = max(o.behind, behind)
	if e.Type == device.EventIncidentClosed {
		o.to = e.At
		// The sentence of the event is the only place that says so.
		rest, ok := strings.CutPrefix(e.Text, "the incident is over after ")
		o.part = ok && strings.Contains(rest, ": it is part of the incident of ")
	}
}

// settled are the incidents that stand for themselves, in order.
func (r *record) settled() []*outage {
	return slices.DeleteFunc(slices.Clone(r.outages), func(o *outage) bool { return o.part })
}

func (r *record) dispute(e *device.Event) {
	if e.Device == nil {
		return
	}
	key := string(e.Device.ID) + "\x00" + string(e.Facet) + "\x00" + e.Component
	if e.Type == device.EventDisputeOpened {
		d := &dispute{seq: e.Seq, device: *e.Device, from: e.At}
		r.disputed[key] = d
		if r.disputes = append(r.disputes, d); len(r.disputes) > maxKept {
			r.disputes = slices.Delete(r.disputes, 0, 1)
		}
		return
	}
	if d := r.disputed[key]; d != nil {
		d.to, d.winner = e.At, device.State(e.Winner)
		delete(r.disputed, key)
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
	d := &doubt{seq: e.Seq, source: e.Source, suspect: e.Type == device.EventSourceSuspect, from: e.At, cutOff: e.Reason == "own_network_lost"}
	health := device.HealthBlind
	switch {
	case d.suspect:
		health = device.HealthSuspect
		r.suspect++
	case !d.cutOff:
		r.blind++
	}
	key := e.Source + "\x00" + string(health)
	if r.doubting[key] != nil {
		return
	}
	if m := downsCount.FindStringSubmatch(e.Text); m != nil {
		d.downs, _ = strconv.Atoi(m[1])
	}
	d.shrunk = d.suspect && d.downs == 0
	r.doubting[key] = d
	r.doubts = append(r.doubts, d)
	if len(r.doubts) > maxKept {
		r.doubts = slices.Delete(r.doubts, 0, 1)
	}
}
