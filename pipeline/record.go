package pipeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// record writes down all that the instant changes, in the form that one commit takes.
func record(v *View, in *instant) {
	tell(v, in)
	r := in.record
	r.Dates = in.truth.Dates()
	if in.restart || in.orders != nil {
		r.Inputs = []Input{{At: in.at, Restart: in.restart, Orders: in.orders}}
	}
	if v.settings != nil && !bytes.Equal(v.settings, v.recorded) {
		r.Settings = v.settings
	}
	for i := range in.snaps {
		if err := recordPoll(r, &in.snaps[i], in.at); err != nil {
			in.failed = err
			return
		}
	}
}

// tell writes down what became of the instant, without what it was judged from.
func tell(v *View, in *instant) {
	r := &Record{
		Batch: v.batch + 1, Instants: []time.Time{in.at},
		IdentityDevices: in.who.Devices, IdentityRemoved: in.who.Removed, Bindings: in.who.Bindings,
		Devices: in.truth.Devices, Removed: in.truth.Removed, Sources: in.truth.Sources, Global: in.truth.Global,
		Rejected: in.rejected, ConfigHash: v.cfg.Consensus.Hash,
	}
	r.Events = make([]device.Event, 0, len(in.who.Events)+len(in.truth.Events)+len(in.alerts)+len(in.extra))
	r.Events = append(r.Events, in.who.Events...)
	first := len(r.Events)
	r.Events = append(r.Events, in.truth.Events...)
	r.Events = append(r.Events, in.alerts...)
	r.Events = append(r.Events, in.extra...)
	for i := range r.Events {
		e := &r.Events[i]
		e.Seq = v.lastSeq + 1 + int64(i)
		e.At = in.at
		e.ID = device.NewEventID(v.salt, e.Seq, in.at)
	}
	for _, d := range in.truth.Verdicts {
		d.Verdict.Seq = r.Events[first+d.Event].Seq
		r.Verdicts = append(r.Verdicts, d.Verdict)
	}
	in.record = r
}

func recordPoll(r *Record, s *snap, at time.Time) error {
	p := Poll{
		Source: s.Source, Number: s.Poll, Started: s.Started, Ended: at, At: at, SourceClock: s.SourceClock,
		Err: s.Err, Partial: s.Partial || s.probe, Count: len(s.obs), Rejected: len(s.Rejected) + s.aside, Probe: s.probe,
	}
	if p.Started.IsZero() {
		p.Started = at
	}
	p.Marks = make([]Mark, 0, len(s.obs))
	for i, o := range s.obs {
		late := s.novelty[i] == Late || s.novelty[i] == lateAgain
		switch s.novelty[i] {
		case Repeat:
			p.Marks = append(p.Marks, Mark{Ref: o.Ref, ObservedAt: o.ObservedAt, Claims: claimTimes(o)})
		case lateAgain:
			p.Marks = append(p.Marks, Mark{Ref: o.Ref, Says: AsLate, ObservedAt: o.ObservedAt, Claims: claimTimes(o)})
		default:
			b, err := body(o)
			if err != nil {
				return err
			}
			p.Marks = append(p.Marks, Mark{Ref: o.Ref, Says: InRow})
			r.Observations = append(r.Observations, ObservationRow{
				Source: s.Source, Ref: o.Ref, Device: s.assigned[i].Device, ObservedAt: measuredAt(o, at), RecordedAt: at,
				Novelty: s.novelty[i], Late: late, Print: s.prints[i], Body: b,
			})
		}
		if late {
			continue
		}
		for _, m := range o.Readings {
			r.Readings = append(r.Readings, ReadingRow{
				Source: s.Source, Ref: o.Ref, Device: s.assigned[i].Device, Component: m.Component, Quantity: m.Quantity,
				Value: m.Value, Unit: m.Unit, ObservedAt: measuredAt(o, at),
			})
		}
	}
	r.Polls = append(r.Polls, p)
	return nil
}

// measuredAt is the source's own time, uncorrected: the record keeps what was said.
func measuredAt(o *device.Observation, at time.Time) time.Time {
	if o.ObservedAt.IsZero() {
		return at
	}
	return o.ObservedAt
}

// claimTimes returns the claims' own times in the order of SortedClaims, nil where no claim has one.
func claimTimes(o *device.Observation) []time.Time {
	if !slices.ContainsFunc(o.Claims, func(c device.Claim) bool { return !c.ObservedAt.IsZero() }) {
		return nil
	}
	times := make([]time.Time, len(o.Claims))
	for i, c := range SortedClaims(o.Claims) {
		times[i] = o.Claims[c].ObservedAt
	}
	return times
}

// ReportedIn returns the alerts in the body of a row.
func ReportedIn(body []byte) ([]device.Alert, error) {
	if !bytes.Contains(body, []byte(`"alerts"`)) {
		return nil, nil // most have none, and reading them all costs
	}
	var o struct {
		Alerts []device.Alert `json:"alerts"`
	}
	err := json.Unmarshal(body, &o)
	return o.Alerts, err
}

// body is the JSON form without readings. An observation that was validated has one.
func body(o *device.Observation) ([]byte, error) {
	c := *o
	c.Readings = nil
	b, err := json.Marshal(&c)
	if err != nil {
		return nil, fmt.Errorf("observation %.40q has no JSON form: %w", o.Ref, err)
	}
	return b, nil
}
