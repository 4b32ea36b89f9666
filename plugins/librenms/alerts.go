package librenms

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

const (
	maxAlerts    = 64 // of one device
	maxAlertText = 300
)

// alerts are those that LibreNMS has raised, read with each poll. A rule that matches no more leaves the list.
type alerts struct {
	part
	read bool // at least once
	of   map[string][]alert
	// changed reports whether the last reading differs from the one before.
	changed bool
	marks   map[int64]mark // by id
}

// alert is one row: one a device and rule, however many things are at fault.
type alert struct {
	id, rule int64
	mark     mark
	since    time.Time
	name     string
	severity string
	note     string
	missed   int // readings that came without it, though it has not recovered
}

// mark is what tells one state of an alert from the next.
type mark struct {
	state int64
	stamp string
}

// alertStates are the words for LibreNMS' numbers. Without them in the query it answers with active ones alone, and an
// acknowledged alert would look like a recovered one.
var alertStates = map[int64]string{1: "firing", 2: "acknowledged", 3: "worse", 4: "better", 5: "changed"}

// refresh reads the alerts anew.
func (a *alerts) refresh(ctx context.Context, api client, now time.Time, r round, z zone) {
	a.changed = false
	a.ask(ctx, "alerts", now, 0, func(ctx context.Context) error {
		of, marks := map[string][]alert{}, map[int64]mark{}
		err := list(ctx, api, "/alerts", url.Values{"state": {"1,2,3,4,5"}}, "alerts", maxRaised, func(row alertRow) {
			x := alert{name: row.Name.Name(), severity: severityOf(row.Severity.String()), note: noteOf(row.Note.Name())}
			dev, ok1 := row.DeviceID.Int()
			var ok2, ok3 bool
			x.id, ok2 = row.ID.Int()
			x.mark.state, ok3 = row.State.Int()
			if x.rule, _ = row.RuleID.Int(); !ok1 || !ok2 || !ok3 || alertStates[x.mark.state] == "" {
				return
			}
			x.mark.stamp = row.Timestamp.String()
			if x.since = z.parse(x.mark.stamp, r.now); x.since.After(r.now) {
				x.since = time.Time{}
			}
			id := decimal(dev)
			of[id] = append(of[id], x)
			marks[x.id] = x.mark
		})
		if err != nil {
			return err
		}
		a.confirm(ctx, api, of, marks)
		a.changed = !a.read || len(marks) != len(a.marks)
		for id, m := range marks {
			a.changed = a.changed || a.marks[id] != m
		}
		a.of, a.marks, a.read = of, marks, true
		return nil
	})
}

// confirm puts the alerts back that have left the list and have not recovered: LibreNMS keeps those that have, and answers
// with an empty list when its database fails. An alert whose rule or device was deleted is in neither list, and is believed
// to be over after a few readings.
func (a *alerts) confirm(ctx context.Context, api client, of map[string][]alert, marks map[int64]mark) {
	left := false
	for id := range a.marks {
		_, ok := marks[id]
		left = left || !ok
	}
	if !left {
		return
	}
	recovered := map[int64]bool{}
	err := list(ctx, api, "/alerts", url.Values{"state": {"0"}}, "alerts", noLimit, func(row alertRow) {
		id, _ := row.ID.Int()
		if _, ok := a.marks[id]; ok {
			recovered[id] = true
		}
	})
	for dev, list := range a.of {
		for _, x := range list {
			// Where the question was not answered nothing has recovered.
			if _, ok := marks[x.id]; ok || err == nil && recovered[x.id] {
				continue
			}
			if x.missed++; x.missed < believeEmpty {
				of[dev] = append(of[dev], x)
				marks[x.id] = x.mark
			}
		}
	}
}

func severityOf(s string) string {
	switch strings.ToLower(s) {
	case "critical":
		return "critical"
	case "warning":
		return "warning"
	}
	return "info"
}

// noteOf is the newest line of an alert's notes, without the time in front of it.
func noteOf(note string) string {
	const stamp = len("2006-01-02 15:04:05 - ")
	if len(note) > stamp {
		if _, err := time.Parse(naive+" - ", note[:stamp]); err == nil {
			note = note[stamp:]
		}
	}
	return note
}

// add gives an observation the alerts of its device. They are evidence and no votes, so that they stay visible while the
// device is down or excluded, and while they cannot be read: a call that fails says of no alert that it is over.
func (a *alerts) add(o *device.Observation, f *faults, ups bool) {
	list := slices.Clone(a.of[o.Ref])
	slices.SortFunc(list, func(x, y alert) int { return cmp.Compare(x.id, y.id) })
	list = slices.CompactFunc(list, func(x, y alert) bool { return x.id == y.id })
	for _, x := range list[:min(len(list), maxAlerts)] {
		made := device.Alert{
			Ref: decimal(x.id), Class: classOf(x.name), Severity: x.severity, State: alertStates[x.mark.state], Since: x.since,
			Text: cmp.Or(x.name, "rule "+decimal(x.rule)),
		}
		f.add(&made, o.Ref, x.rule, ups)
		if x.note != "" {
			made.Text += " (" + x.note + ")"
		}
		made.Text = sourcehttp.Cut(made.Text, maxAlertText)
		o.Alerts = append(o.Alerts, made)
	}
}
