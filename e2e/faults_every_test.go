package e2e

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
	"github.com/quorate/quorate/internal/store"
)

// TestNoFaultIsDown lets both monitors answer badly in one way after another, before a running agent that has seen all
// devices up. All that is known is lost and comes back; at no moment is anything down, by any claim of theirs on record.
func TestNoFaultIsDown(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	a := s.agent(t)
	live := a.stream(t, 0)
	monitors := []string{"librenms", "prtg"}
	// Each monitor answers, so that the next fault is a fault of its own.
	allUp := func() bool {
		for _, name := range monitors {
			if a.source(t, name).Health != device.HealthUp {
				return false
			}
		}
		return countStatus(a.devices(t), device.StatusUp) == 68
	}
	eventually(t, "68 devices up", allUp)
	for _, kind := range []lab.FaultKind{
		lab.FaultBadGateway, lab.FaultUnknownRoute, lab.FaultEmpty, lab.FaultElsewhere, lab.FaultCutOff, lab.FaultHalf, lab.FaultReset, lab.FaultTwice,
		lab.FaultBomb,
		lab.FaultUnauthorized, // the last one: PRTG is not asked again after it
	} {
		s.LibreNMS.SetFault(lab.Fault{Kind: kind, To: "http://127.0.0.1:1"})
		s.PRTG.SetFault(lab.Fault{Kind: kind, To: "http://127.0.0.1:1"})
		for _, name := range monitors {
			text := ""
			eventually(t, name+" is blind by "+string(kind), func() bool {
				now := a.source(t, name)
				text = now.LastError // of the same look: a poll that began before the fault may end well after it
				return now.Failures >= 2 && now.Health == device.HealthBlind
			})
			if text == "" || strings.Contains(text, lab.Canary) {
				t.Errorf("%s by %s says %q", name, kind, text)
			}
		}
		for name, d := range a.devices(t) {
			if d.Status != device.StatusUp && d.Status != device.StatusUnknown {
				t.Errorf("by %s %s is %s", kind, name, d.Status)
			}
		}
		s.LibreNMS.SetFault(lab.Fault{})
		s.PRTG.SetFault(lab.Fault{})
		if kind != lab.FaultUnauthorized {
			eventually(t, "68 devices up after "+string(kind), allUp)
		}
	}
	for _, f := range live.all() {
		var e device.Event
		decodeLine(t, f.data, &e)
		if e.Type == device.EventVerdictChanged && e.To != string(device.StatusUp) && e.To != string(device.StatusUnknown) ||
			e.Type == device.EventIncidentOpened || e.Type == device.EventSourceCrashed {
			t.Errorf("event %d: %s: %s", e.Seq, e.Type, e.Text)
		}
	}
	a.stop(t, 0)
	noDownOnRecord(t, s.data())
}

// noDownOnRecord reads every claim of a monitor that the agent has ever taken in.
func noDownOnRecord(t *testing.T, dir string) {
	t.Helper()
	r, err := store.OpenReader(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	recording, err := r.Recording(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	claims := 0
	for {
		one, err := recording.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, poll := range one.Polls {
			if poll.Source == "snmp" {
				continue // no monitor: that a device does not answer it in time on a busy machine is true
			}
			for _, o := range poll.Observations {
				for _, c := range o.Claims {
					if claims++; c.State == device.StateDown || c.State == device.StateCritical {
						t.Errorf("%s said at %s that %s of %s is %s: %s", poll.Source, one.At, c.Facet, o.Name, c.State, c.Raw)
					}
				}
			}
		}
	}
	if claims == 0 {
		t.Error("nothing is on record")
	}
}
