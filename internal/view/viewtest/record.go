package viewtest

import (
	"context"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// PastRecord is what a Lab has of the past, and what was worked out of it.
type PastRecord struct {
	// Begin is when the record begins: of what was before, nobody knows. All that was since was as it is.
	Begin     time.Time
	Closed    []view.Incident // the one that ended last first
	Timelines map[string][]device.Event
	Read      []view.Reading
	Agreed    view.Agreement
	Up        []view.Uptime
	Questions []view.Conflict
}

// Past returns the lab itself for any time from Begin up to Noon.
func (l *Lab) Past(_ context.Context, at time.Time) (view.State, error) {
	switch {
	case at.After(Noon):
		return nil, &view.Beyond{Future: true, Text: "that is still to come"}
	case at.Before(l.Begin):
		return nil, &view.Beyond{Text: "the record does not reach back so far"}
	}
	return l, nil
}

// ExplainAt explains the verdict in force at a time.
func (l *Lab) ExplainAt(ctx context.Context, name string, at time.Time) (device.Explanation, bool, error) {
	if _, err := l.Past(ctx, at); err != nil && at.After(Noon) {
		return device.Explanation{}, false, err
	}
	d, ok := l.Device(name, at)
	if !ok {
		return device.Explanation{}, false, nil
	}
	v, ok, err := l.VerdictAt(ctx, d.ID, at)
	if !ok || err != nil {
		return device.Explanation{}, false, err
	}
	return l.Explain(d.ID, &v, time.Time{}), true, nil
}

// ClosedIncidents are those of Closed.
func (l *Lab) ClosedIncidents(_ context.Context, before int64, limit int) ([]view.Incident, error) {
	rest := slices.DeleteFunc(slices.Clone(l.Closed), func(in view.Incident) bool { return in.Closed >= before })
	return rest[:min(limit, len(rest))], nil
}

// Incident finds an open one or one of Closed.
func (l *Lab) Incident(_ context.Context, id string) (view.IncidentReport, bool, error) {
	report := view.IncidentReport{Acknowledged: []view.Acknowledged{}, Timeline: append([]device.Event{}, l.Timelines[id]...)}
	for _, in := range l.AllIncidents {
		if in.ID == id {
			report.Incident = view.Incident{Incident: in, Everyone: in.Devices, Lasted: Noon.Sub(in.OpenedAt).Seconds()}
			return report, true, nil
		}
	}
	for _, in := range l.Closed {
		if in.ID == id {
			report.Incident = in
			return report, true, nil
		}
	}
	return report, false, nil
}

// IncidentAt leaves out what had not begun, and shows what had not ended as open.
func (l *Lab) IncidentAt(ctx context.Context, id string, at time.Time) (view.IncidentReport, bool, error) {
	if _, err := l.Past(ctx, at); err != nil {
		return view.IncidentReport{}, false, err
	}
	report, ok, err := l.Incident(ctx, id)
	if !ok || err != nil || report.OpenedAt.After(at) {
		return view.IncidentReport{}, false, err
	}
	if report.ClosedAt.After(at) {
		report.ClosedAt, report.Closed, report.Ended, report.Lasted = time.Time{}, 0, "", at.Sub(report.OpenedAt).Seconds()
	}
	return report, true, nil
}

// Readings are those of Read.
func (l *Lab) Readings(_ context.Context, id device.ID) ([]view.Reading, error) {
	return slices.DeleteFunc(slices.Clone(l.Read), func(x view.Reading) bool { return x.Device.ID != id }), nil
}

// AllReadings are all of Read.
func (l *Lab) AllReadings(context.Context) ([]view.Reading, error) { return l.Read, nil }

// Agreement is Agreed.
func (l *Lab) Agreement(context.Context, time.Time) (view.Agreement, error) { return l.Agreed, nil }

// Uptimes are Up.
func (l *Lab) Uptimes(context.Context, time.Time, time.Time) ([]view.Uptime, error) { return l.Up, nil }

// AgreementAt is Agreed, at that time.
func (l *Lab) AgreementAt(ctx context.Context, from, at time.Time) (view.Agreement, error) {
	agreed := l.Agreed
	agreed.From, agreed.To = from, at
	_, err := l.Past(ctx, at)
	return agreed, err
}

// UptimesAt are Up.
func (l *Lab) UptimesAt(ctx context.Context, _, at time.Time) ([]view.Uptime, error) {
	_, err := l.Past(ctx, at)
	return l.Up, err
}

// Conflicts are Questions.
func (l *Lab) Conflicts() []view.Conflict { return l.Questions }

// newRecord is a past with something of everything.
func newRecord(l *Lab) PastRecord {
	name := func(i int) device.Name { return device.Name{ID: l.AllDevices[i].ID, Name: l.AllDevices[i].Name} }
	most := 98.7
	return PastRecord{
		Begin: Noon.Add(-48 * time.Hour),
		Closed: []view.Incident{{
			Incident: device.Incident{ID: "i0", Kind: "down", Root: name(6), Devices: []device.Name{}, OpenedAt: Noon.Add(-3 * time.Hour), ClosedAt: Noon.Add(-2 * time.Hour)},
			Opened:   11, Closed: 17, Everyone: []device.Name{name(6)}, Ended: "printer is up again", Lasted: 3600,
		}},
		Timelines: map[string][]device.Event{"i0": {{Seq: 11, Type: device.EventIncidentOpened, At: Noon.Add(-3 * time.Hour), Incident: "i0"}}},
		Read: []view.Reading{{Device: name(0), Component: "disk:1", Quantity: "temperature", Values: []view.ReadingValue{
			{Source: "librenms", Ref: "librenms-1", Value: 41, Unit: "C", ObservedAt: Noon.Add(-time.Minute)},
			{Source: "snmp", Ref: "snmp-1", Value: 40.5, Unit: "C", ObservedAt: Noon},
		}}},
		Agreed: view.Agreement{
			From: Noon.Add(-24 * time.Hour), To: Noon, Percent: &most,
			Pairs:   []view.AgreementPair{{A: "librenms", B: "prtg", Devices: 11, Percent: &most, ComparedSeconds: 950400, Contradictions: 11, RightB: 10, Open: 1}},
			Sources: []view.AgreementScore{{Source: "librenms", Wrong: 10, FalseAlarms: 11}, {Source: "prtg", Right: 10}},
		},
		Up:        []view.Uptime{{Device: name(0), Up: 23 * time.Hour, Down: time.Hour}, {Device: name(4), Unknown: 24 * time.Hour}},
		Questions: []view.Conflict{{Kind: view.ConflictKey, Device: name(0), Other: &device.Name{ID: name(6).ID, Name: "printer"}, Key: "address", Since: Noon, Reason: "same_source", Hint: "Merge the two if they are one device."}},
	}
}
