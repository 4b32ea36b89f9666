package pipeline

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// alerted is one device that answers and has these alerts.
func alerted(ref string, list ...device.Alert) device.Observation {
	o := observed(ref, device.StateUp)
	o.Alerts = list
	return o
}

// told are the events of alerts that a journal holds, in short, from after on.
func told(t *testing.T, j *MemJournal, after int64) (lines []string, last int64) {
	t.Helper()
	events, err := j.Events(t.Context(), after, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	last = after
	for _, e := range events {
		last = e.Seq
		if strings.HasPrefix(string(e.Type), "alert.") {
			lines = append(lines, fmt.Sprintf("%s %s %s>%s %s: %s", e.Type, e.Alert, e.From, e.To, e.Reason, e.Text))
		}
	}
	return lines, last
}

func TestAlertEvents(t *testing.T) {
	volume := device.Alert{Ref: "7", Component: "volume:1", Class: "storage", Severity: "warning", State: "firing", Text: "volume 1 is 91.5 % full"}
	but := func(change func(*device.Alert)) device.Alert {
		a := volume
		change(&a)
		return a
	}
	complete := func(o ...device.Observation) device.Snapshot {
		return device.Snapshot{Source: "librenms", Observations: o}
	}
	partial := func(o ...device.Observation) device.Snapshot {
		s := complete(o...)
		s.Partial = true
		return s
	}
	opened := "alert.opened 7 >warning firing: librenms reports on dev1: volume 1 is 91.5 % full (warning)"
	closed := "alert.closed 7 warning> : librenms no longer reports on dev1: volume 1 is 91.5 % full"
	type step struct {
		s    device.Snapshot
		want []string
	}
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"opened and closed", []step{
			{complete(alerted("1", volume), alerted("2")), []string{opened}},
			{complete(alerted("1", volume), alerted("2")), nil},
			{complete(alerted("1"), alerted("2")), []string{closed}},
			{complete(alerted("1"), alerted("2")), nil},
		}},
		{"a text alone, its numbers and its date tell nothing", []step{
			{complete(alerted("1", volume)), []string{opened}},
			{complete(alerted("1", but(func(a *device.Alert) { a.Text, a.Since = "volume 1 is 93 % full", time.Now() }))), nil},
			{complete(alerted("1", but(func(a *device.Alert) { a.Text = "volume 1 fills up" }))), nil},
			{complete(alerted("1")), []string{"alert.closed 7 warning> : librenms no longer reports on dev1: volume 1 fills up"}},
		}},
		{"graver", []step{
			{complete(alerted("1", volume)), []string{opened}},
			{complete(alerted("1", but(func(a *device.Alert) { a.Severity = "critical" }))), []string{
				"alert.changed 7 warning>critical firing: librenms reports on dev1: volume 1 is 91.5 % full (critical, was warning)",
			}},
		}},
		{"acknowledged there", []step{
			{complete(alerted("1", volume)), []string{opened}},
			{complete(alerted("1", but(func(a *device.Alert) { a.State = "acknowledged" }))), []string{
				"alert.changed 7 warning>warning acknowledged: librenms reports on dev1: volume 1 is 91.5 % full (warning, acknowledged)",
			}},
		}},
		{"another part", []step{
			{complete(alerted("1", volume)), []string{opened}},
			{complete(alerted("1", but(func(a *device.Alert) { a.Component = "volume:2" }))), []string{
				"alert.changed 7 warning>warning firing: librenms reports on dev1: volume 1 is 91.5 % full (warning)",
			}},
		}},
		{"a line of a log is no problem", []step{
			{complete(alerted("1", but(func(a *device.Alert) { a.State = "logged" }))), nil},
			{complete(alerted("1")), nil},
		}},
		{"a failed poll ends nothing", []step{
			{complete(alerted("1", volume)), []string{opened}},
			{device.Snapshot{Source: "librenms", Err: "timeout"}, nil},
			{device.Snapshot{Source: "librenms", Err: "timeout"}, nil},
			{complete(alerted("1")), []string{closed}},
		}},
		{"a part of an answer opens and ends nothing", []step{
			{complete(alerted("1", volume), alerted("2")), []string{opened}},
			{partial(alerted("1")), nil},
			{partial(alerted("2", device.Alert{Ref: "8", Severity: "info"})), []string{"alert.opened 8 >info : librenms reports on dev2: alert 8 (info)"}},
			{complete(alerted("1"), alerted("2")), []string{closed, "alert.closed 8 info> : librenms no longer reports on dev2: alert 8"}},
		}},
		{"paused there: its whole word", []step{
			{complete(alerted("1", volume)), []string{opened}},
			{complete(device.Observation{Identity: observed("1", device.StateUp).Identity, Abstain: device.AbstainPaused}), []string{closed}},
		}},
		{"gone from a whole answer, and back", []step{
			{complete(alerted("1", volume), alerted("2"), alerted("3")), []string{opened}},
			{complete(alerted("2"), alerted("3")), []string{"alert.closed 7 warning> device_missing: librenms no longer has dev1, of which it reported: volume 1 is 91.5 % full"}},
			{complete(alerted("2"), alerted("3")), nil},
			{complete(alerted("1", volume), alerted("2"), alerted("3")), []string{opened}},
		}},
		{"there again with a late word, which takes nothing back", []step{
			{complete(alerted("1", volume), alerted("2"), alerted("3")), []string{opened}},
			{complete(alerted("2"), alerted("3")), []string{"alert.closed 7 warning> device_missing: librenms no longer has dev1, of which it reported: volume 1 is 91.5 % full"}},
			{complete(func() device.Observation {
				o := alerted("1")
				o.ObservedAt = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
				return o
			}(), alerted("2"), alerted("3")), []string{opened}},
			{complete(alerted("1"), alerted("2"), alerted("3")), []string{closed}},
		}},
		{"gone from a shrunken answer", []step{
			{complete(alerted("1", volume), alerted("2"), alerted("3"), alerted("4"), alerted("5")), []string{opened}},
			{complete(alerted("2")), nil},
			{complete(), nil},
			{complete(alerted("1", volume), alerted("2"), alerted("3"), alerted("4"), alerted("5")), nil},
		}},
		{"late words are history", []step{
			{complete(alerted("1", volume)), []string{opened}},
			{complete(func() device.Observation {
				o := alerted("1")
				o.ObservedAt = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
				return o
			}()), nil},
			{complete(alerted("1")), []string{closed}},
		}},
		{"a ref twice in a word: the gravest", []step{
			{complete(alerted("1", volume, but(func(a *device.Alert) { a.Severity = "critical" }))), []string{
				"alert.opened 7 >critical firing: librenms reports on dev1: volume 1 is 91.5 % full (critical)",
			}},
			{complete(alerted("1", but(func(a *device.Alert) { a.Severity = "critical" }), volume)), nil},
		}},
		{"a stranger's text", []step{
			{complete(alerted("1", but(func(a *device.Alert) {
				a.Text, a.State = "\x1b[2J<b>\u202eover\r\n\nthere </b>"+strings.Repeat("x", 1000), "fir\x00ing"
			}))), []string{"alert.opened 7 >warning fir ing: librenms reports on dev1: [2J<b> over there </b>" + strings.Repeat("x", 300-22) + " (warning, fir ing)"}},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// The same story with one agent, and with one that is killed and started again before every step.
			for _, restarts := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					j := &MemJournal{}
					r := run(t, j, testConfig("librenms"))
					var last int64
					for i, s := range tt.steps {
						if restarts {
							r.end()
							r = run(t, j, testConfig("librenms"))
						}
						time.Sleep(time.Minute)
						r.publish(s.s)
						var got []string
						if got, last = told(t, j, last); cmp.Diff(s.want, got) != "" {
							t.Errorf("restarts %v, step %d (-want +got):\n%s", restarts, i, cmp.Diff(s.want, got))
						}
					}
					r.end()
				})
			}
		})
	}
}

// A tie-breaker's look is no poll: what it leaves out of the alerts stands.
func TestProbeEndsNoAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		r := run(t, j, testConfig("snmp"))
		r.publish(device.Snapshot{Source: "snmp", Observations: []device.Observation{alerted("1", device.Alert{Ref: "7", Severity: "warning"})}})
		time.Sleep(time.Second)
		if err := r.PublishProbe(t.Context(), device.Snapshot{Source: "snmp", Observations: []device.Observation{alerted("1")}}); err != nil {
			t.Fatal(err)
		}
		r.end()
		l, err := j.Load(t.Context())
		if err != nil || len(l.Alerts) != 1 {
			t.Errorf("after the look: %v, %v", l.Alerts, err)
		}
		if got, _ := told(t, j, 0); len(got) != 1 {
			t.Errorf("told: %q", got)
		}
	})
}

// A source that has more to tell at once than anybody reads is told of in short, the gravest first, and the story goes
// on from there.
func TestAlertsBeyondNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		r := run(t, j, testConfig("librenms"))
		var list []device.Alert
		for i := range maxAlertEvents + 500 {
			severity := "info"
			if i%2 == 0 {
				severity = "critical"
			}
			list = append(list, device.Alert{Ref: fmt.Sprintf("%05d", i), Severity: severity})
		}
		r.publish(device.Snapshot{Source: "librenms", Observations: []device.Observation{alerted("1", list...)}})
		got, last := told(t, j, 0)
		grave := 0
		for _, line := range got {
			if strings.Contains(line, ">critical") {
				grave++
			}
		}
		if len(got) != maxAlertEvents+1 || grave != (maxAlertEvents+500)/2 || got[len(got)-1] != "alert.changed  > too_many: librenms: 500 alerts more have come, gone or changed at once" {
			t.Errorf("%d events, %d of them grave, the last %q", len(got), grave, got[len(got)-1])
		}
		time.Sleep(time.Minute)
		r.publish(device.Snapshot{Source: "librenms", Observations: []device.Observation{alerted("1", list...)}})
		if again, _ := told(t, j, last); len(again) > 0 {
			t.Errorf("told again: %d", len(again))
		}
		r.end()
	})
}

// Alerts are evidence, never votes: with and without them the verdicts are the same.
func TestAlertsAreNoVotes(t *testing.T) {
	verdicts := func(list ...device.Alert) (out []device.Verdict) {
		synctest.Test(t, func(t *testing.T) {
			j := &MemJournal{}
			r := run(t, j, testConfig("librenms", "prtg"))
			for i, state := range []device.State{device.StateUp, device.StateUp, device.StateDown, device.StateDown, device.StateDown, device.StateUp} {
				time.Sleep(time.Minute)
				o := observed("1", state)
				if i%2 == 0 {
					o.Alerts = list
				}
				r.publish(device.Snapshot{Source: "librenms", Observations: []device.Observation{o}})
			}
			r.end()
			for _, rec := range j.Records() {
				out = append(out, rec.Verdicts...)
			}
		})
		for i := range out {
			out[i].Seq = 0
		}
		return out
	}
	plain := verdicts()
	if d := cmp.Diff(plain, verdicts(device.Alert{Ref: "7", Class: "reachability", Severity: "critical", State: "firing"})); d != "" || len(plain) == 0 {
		t.Errorf("(-without +with):\n%s", d)
	}
}

// What is numbers apart the same text makes no row.
func TestShapeOfATextCounts(t *testing.T) {
	said := func(text string) uint64 {
		return fingerprint(&device.Observation{Alerts: []device.Alert{{Ref: "7", Text: text}}})
	}
	for _, same := range [][2]string{{"91.5 % full", "92 % full"}, {"at 10:00:01", "at 9:59"}, {"1", "2"}, {"load 1,000.5", "load 3"}} {
		if said(same[0]) != said(same[1]) {
			t.Errorf("%q and %q differ", same[0], same[1])
		}
	}
	for _, other := range [][2]string{{"91 % full", "91 % empty"}, {"port down", "port up"}, {"", "1"}, {"a1b", "ab"}} {
		if said(other[0]) == said(other[1]) {
			t.Errorf("%q is %q", other[0], other[1])
		}
	}
}

// A device that a person has forgotten has no alerts; one that has become another's part keeps them under its name. The
// source goes on reporting either way.
func TestAlertsOfForgottenAndMergedDevices(t *testing.T) {
	volume := device.Alert{Ref: "7", Severity: "warning", State: "firing", Text: "volume full"}
	for _, tt := range []struct {
		name  string
		order func(r *running) identity.Order
		want  []string
	}{
		{"forgotten", func(r *running) identity.Order {
			d, _ := r.Device("dev1", time.Now())
			return identity.Order{Kind: identity.OrderForget, Device: d.ID}
		}, []string{
			"alert.closed 7 warning> device_forgotten: dev1 is forgotten, of which librenms reported: volume full",
			"alert.opened 7 >warning firing: librenms reports on dev1: volume full (warning)",
			"alert.closed 7 warning> : librenms no longer reports on dev1: volume full",
		}},
		{"merged", func(r *running) identity.Order {
			d, _ := r.Device("dev1", time.Now())
			other, _ := r.Device("dev2", time.Now())
			return identity.Order{Kind: identity.OrderMerge, Device: other.ID, Other: d.ID}
		}, []string{"alert.closed 7 warning> : librenms no longer reports on dev1: volume full"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, restarts := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					j := &MemJournal{}
					r := run(t, j, testConfig("librenms", "prtg"))
					again := func() {
						if restarts {
							r.end()
							r = run(t, j, testConfig("librenms", "prtg"))
						}
						time.Sleep(time.Minute)
					}
					r.publish(device.Snapshot{Source: "librenms", Observations: []device.Observation{alerted("1", volume)}})
					r.publish(device.Snapshot{Source: "prtg", Observations: []device.Observation{alerted("2")}})
					_, last := told(t, j, 0)
					again()
					if err := r.Order(t.Context(), Orders{Identity: []identity.Order{tt.order(r)}}); err != nil {
						t.Fatal(err)
					}
					for _, list := range [][]device.Alert{{volume}, {volume}, nil} {
						again()
						r.publish(device.Snapshot{Source: "librenms", Observations: []device.Observation{alerted("1", list...)}})
					}
					if got, _ := told(t, j, last); cmp.Diff(tt.want, got) != "" {
						t.Errorf("restarts %v (-want +got):\n%s", restarts, cmp.Diff(tt.want, got))
					}
					r.end()
				})
			}
		})
	}
}
