package notify

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

const (
	up, degraded, down, unknown = device.StatusUp, device.StatusDegraded, device.StatusDown, device.StatusUnknown

	maintenance, acknowledged, flapping = device.OverlayMaintenance, device.OverlayAcknowledged, device.OverlayFlapping
)

// lab is a world of a switch with nineteen devices behind it, and a nas of its own.
func lab(t testing.TB, on ...string) (*world, []string) {
	w := newWorld(t, on...)
	w.device("switch", "")
	var behind []string
	for i := range 19 {
		behind = append(behind, fmt.Sprintf("cam%d", i+1))
		w.device(behind[i], "switch")
	}
	w.device("nas1", "")
	return w, behind
}

func TestDownAndUp(t *testing.T) {
	w, _ := lab(t)
	w.now = w.now.Add(2 * time.Minute)
	w.becomes(down, "nas1")
	w.drain()
	w.want() // it settles
	w.pass(time.Minute)
	if len(w.got) != 1 {
		t.Fatalf("got %v", w.titles())
	}
	if m := w.got[0]; m.Body != "librenms and prtg agree, since 14:02. reach: librenms down (status=0 icmp), prtg down. snmp has not looked." {
		t.Errorf("body %q", m.Body)
	}
	w.want("nas1 is down")
	w.pass(11 * time.Minute)
	w.becomes(up, "nas1")
	w.pass(time.Minute)
	if m := w.got[0]; m.Body != "It was down since 14:02." {
		t.Errorf("body %q", m.Body)
	}
	w.want("nas1 is up again after 12 min")
	if n := len(w.stored); n != 1 {
		t.Errorf("the ledger keeps %d entries of a lab in which all is well", n)
	}
}

func TestIncidentIsOneMessage(t *testing.T) {
	w, behind := lab(t)
	w.becomes(down, "switch")
	w.now = w.now.Add(5 * time.Second)
	w.becomes(down, behind...)
	w.pass(time.Minute)
	if m := w.got[0]; !strings.Contains(m.Body, "Behind it: cam1, cam2, cam3 and 16 more.") {
		t.Errorf("body %q", m.Body)
	}
	w.want("switch is down, and 19 devices behind it are unreachable")
	w.becomes(up, "switch")
	w.pass(time.Minute)
	w.want() // the devices behind it come with their next polls
	w.becomes(up, behind...)
	w.pass(time.Minute)
	if m := w.got[0]; !strings.HasPrefix(m.Body, "It was down since 14:00. So are 19 more: cam1, cam2, cam3 and 16 more.") {
		t.Errorf("body %q", m.Body)
	}
	w.want("switch is up again after 1 min")
}

func TestWhatStaysDown(t *testing.T) {
	w, behind := lab(t)
	w.becomes(down, append([]string{"switch"}, behind...)...)
	w.pass(time.Minute)
	w.want("switch is down, and 19 devices behind it are unreachable")
	w.becomes(up, append([]string{"switch"}, behind[2:]...)...)
	w.pass(time.Minute)
	w.want()
	// Five minutes after its root came back consensus closes the incident, and what is still down has one of its own.
	w.now = w.now.Add(4 * time.Minute)
	for _, i := range w.open {
		w.emit(device.Event{Type: device.EventIncidentClosed, Incident: i.ID, Because: &i.Root, Device: &i.Root, Devices: i.Devices})
		delete(w.open, i.ID)
	}
	w.group()
	w.pass(time.Minute)
	if m := w.got[0]; !strings.HasPrefix(m.Body, "switch is up again, and no longer the reason. librenms and prtg agree, since 14:00.") {
		t.Errorf("%q: %q", m.Title, m.Body)
	}
	w.want("cam1 is still down", "cam2 is still down", "switch is up again after 1 min")
	w.becomes(up, "cam1")
	w.pass(time.Minute)
	w.becomes(up, "cam2")
	w.pass(time.Minute)
	w.want("cam1 is up again after 7 min", "cam2 is up again after 8 min")
}

func TestIncidentGrows(t *testing.T) {
	w, behind := lab(t)
	w.becomes(down, "switch", behind[0])
	w.pass(time.Minute)
	w.want("switch is down, and 1 device behind it is unreachable")
	w.becomes(down, behind[1])
	w.pass(5 * time.Minute)
	w.want()
	for _, n := range behind[2:] {
		w.becomes(down, n)
		w.now = w.now.Add(time.Second)
	}
	w.pass(5 * time.Minute)
	w.want("switch is down, and 19 devices behind it are unreachable")
}

func TestManyAtOnceWithoutTopology(t *testing.T) {
	w := newWorld(t)
	var all []string
	for i := range 28 {
		all = append(all, fmt.Sprintf("n%d", i+1))
		w.device(all[i], "")
	}
	w.becomes(down, all...)
	w.pass(time.Minute)
	w.want("28 devices are down")
	w.becomes(up, all[:27]...)
	w.pass(time.Minute)
	w.want("27 devices are up again")
	w.becomes(up, all[27])
	w.pass(time.Minute)
	w.want("n28 is up again after 2 min")
}

func TestNobodyKnows(t *testing.T) {
	w, behind := lab(t)
	w.emit(device.Event{Type: device.EventSourceBlind, Source: "prtg", Text: "prtg is blind: 2 polls in a row failed"})
	w.pass(3 * time.Minute)
	w.want("the source prtg is blind")
	for _, n := range behind {
		w.becomes(unknown, n)
		w.now = w.now.Add(time.Second)
	}
	w.pass(time.Minute)
	if m := w.got[0]; !strings.HasSuffix(m.Body, "Blind: prtg.") {
		t.Errorf("body %q", m.Body)
	}
	w.want("nobody knows how 19 devices are")
	w.becomes(unknown, "nas1")
	w.pass(5 * time.Minute)
	w.want()
	w.pass(10 * time.Minute)
	w.want("nobody knows how nas1 is")
	w.emit(device.Event{Type: device.EventSourceRecovered, Source: "prtg", From: "blind"})
	w.becomes(up, append(behind, "nas1")...)
	w.pass(time.Minute)
	w.want("the source prtg is no longer blind", "20 devices are up again")
}

func TestMutes(t *testing.T) {
	w, behind := lab(t)
	w.overlay(maintenance, true, "nas1", "switch")
	w.becomes(down, append([]string{"nas1", "switch"}, behind...)...)
	w.pass(time.Hour)
	w.want()
	// One that is up again by the end was never heard of; one that is still down is told.
	w.becomes(up, append([]string{"switch"}, behind...)...)
	w.pass(time.Minute)
	w.overlay(maintenance, false, "nas1", "switch")
	w.pass(time.Minute)
	w.want("nas1 is down")
	// That somebody knows of it mutes nothing that is good.
	w.overlay(acknowledged, true, "nas1")
	w.pass(time.Hour)
	w.becomes(up, "nas1")
	w.overlay(acknowledged, false, "nas1")
	w.pass(time.Minute)
	w.want("nas1 is up again after 2 h 2 min")
	// A window that begins after the message does not swallow the recovery.
	w.becomes(down, "nas1")
	w.pass(time.Minute)
	w.overlay(maintenance, true, "nas1")
	w.pass(time.Minute)
	w.becomes(up, "nas1")
	w.pass(time.Minute)
	w.want("nas1 is down", "nas1 is up again after 2 min")
	// What is still down when the window ends is told again.
	w.overlay(maintenance, false, "nas1")
	w.becomes(down, "nas1")
	w.pass(time.Minute)
	w.overlay(maintenance, true, "nas1")
	w.pass(time.Minute)
	w.overlay(maintenance, false, "nas1")
	w.pass(time.Minute)
	if m := w.got[1]; !strings.HasPrefix(m.Body, "Its maintenance is over. ") {
		t.Errorf("body %q", m.Body)
	}
	w.want("nas1 is down", "nas1 is still down")
}

func TestFlapping(t *testing.T) {
	for _, c := range []struct {
		ends device.Status
		says string
	}{{up, "nas1 has stopped flapping and is up after 9 min"}, {down, "nas1 has stopped flapping and is down"}} {
		w, _ := lab(t)
		w.becomes(down, "nas1")
		w.pass(time.Minute)
		w.want("nas1 is down")
		w.becomes(up, "nas1")
		w.overlay(flapping, true, "nas1")
		for range 4 {
			w.pass(time.Minute)
			w.becomes(down, "nas1")
			w.pass(time.Minute)
			w.becomes(up, "nas1")
		}
		w.want("nas1 is flapping")
		w.pass(time.Minute)
		w.becomes(c.ends, "nas1")
		w.overlay(flapping, false, "nas1")
		w.pass(time.Minute)
		w.want(c.says)
	}
}

func TestTargetThatIsDead(t *testing.T) {
	w, behind := lab(t)
	w.dead = true
	w.becomes(down, "nas1")
	w.pass(10 * time.Minute)
	w.becomes(down, append([]string{"switch"}, behind...)...)
	w.pass(10 * time.Minute)
	w.becomes(up, append([]string{"switch"}, behind...)...)
	w.pass(time.Hour)
	w.want()
	w.restart()
	w.dead = false
	w.pass(2 * time.Minute)
	if m := w.got[1]; m.Body != "While this could not be reached: switch was down with all behind it (14:10 to 14:20)." {
		t.Errorf("body %q", m.Body)
	}
	w.want("nas1 is down", "1 problem came and went unheard")
	w.becomes(up, "nas1")
	w.pass(time.Minute)
	w.want("nas1 is up again after 1 h 22 min")
}

func TestRateLeavesRecoveries(t *testing.T) {
	w := newWorld(t)
	w.perHour = 3
	w.restart()
	var all []string
	for i := range 6 {
		all = append(all, fmt.Sprintf("n%d", i+1))
		w.device(all[i], "")
		w.becomes(down, all[i])
		w.pass(time.Minute)
	}
	w.want("n1 is down", "n2 is down", "n3 is down", "more than 3 messages in an hour")
	w.becomes(up, "n1", "n4")
	w.pass(time.Minute)
	w.want("n1 is up again after 6 min") // nobody was told of the other
	w.pass(time.Hour)
	w.want("n5 is down", "n6 is down")
}

func TestOtherFilter(t *testing.T) {
	w, _ := lab(t, "verdict.changed:down", "identity.conflict")
	w.emit(device.Event{Type: device.EventSourceBlind, Source: "prtg"})
	w.emit(device.Event{Type: device.EventIdentityConflict, Device: named("nas1"), Text: "nas1 and nas2 share a serial"})
	w.becomes(unknown, "nas1")
	w.pass(time.Hour)
	w.want("identity conflict: nas1")
	w.becomes(down, "nas1")
	w.pass(time.Minute)
	w.want("nas1 is down")
	// Who was told is told that it is over, whatever the filter says by then.
	w.on = []string{"source.blind"}
	w.restart()
	w.becomes(up, "nas1")
	w.pass(time.Minute)
	w.becomes(down, "nas1")
	w.pass(time.Minute)
	w.want("nas1 is up again after 1 min")
	// One that wants more is told of what is the case.
	w.on = []string{"verdict.changed"}
	w.restart()
	w.pass(time.Minute)
	w.want("nas1 is down")
}

func TestDroppedEvents(t *testing.T) {
	w, behind := lab(t)
	w.becomes(down, "nas1", "switch")
	w.pass(time.Minute)
	w.want("nas1 is down", "switch is down")
	// While events are dropped one comes back, one goes down, and the first goes on.
	w.becomes(up, "nas1")
	w.becomes(down, behind[3])
	w.becomes(up, "switch", behind[3])
	w.becomes(down, "nas1")
	w.becomes(up, "nas1")
	w.becomes(down, behind[5])
	w.pending = nil
	w.now = w.now.Add(time.Minute)
	w.emit(device.Event{Type: device.EventSourceUp, Source: "x"})
	w.pass(time.Minute)
	w.want("cam6 is down", "nas1 is up again after 1 min", "switch is up again after 1 min")
}

func TestNewSinkTellsNothingOld(t *testing.T) {
	w, behind := lab(t)
	w.becomes(down, "nas1")
	w.emit(device.Event{Type: device.EventSourceBlind, Source: "prtg"})
	w.pending = nil // the cursor begins at the end
	w.becomes(down, behind[0])
	w.pass(time.Minute)
	w.want("cam1 is down")
	w.becomes(up, "nas1", behind[0])
	w.pass(time.Minute)
	w.becomes(down, "nas1")
	w.pass(time.Minute)
	w.want("cam1 is up again after 1 min", "nas1 is down")
}

func TestMerged(t *testing.T) {
	w, _ := lab(t)
	w.becomes(down, "nas1")
	w.pass(time.Minute)
	w.want("nas1 is down")
	for _, i := range w.open {
		w.emit(device.Event{Type: device.EventIncidentClosed, Incident: i.ID, Because: &i.Root})
	}
	w.emit(device.Event{Type: device.EventDeviceMerged, Device: named("cam1"), Other: named("nas1")})
	w.pass(time.Minute)
	w.want("cam1 is up again after 1 min")
	w.becomes(down, "switch")
	w.pass(time.Minute)
	w.emit(device.Event{Type: device.EventDeviceRetired, Device: named("switch")})
	w.pass(time.Minute)
	w.want("switch is down", "switch is no longer watched after 1 min")
}
