package consensus

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

func TestExplain(t *testing.T) {
	l := newLab(t)
	explain := func() string { return Explain(l.all[len(l.all)-1].Verdict) }
	check := func(want string) {
		t.Helper()
		if d := cmp.Diff(want, explain()); d != "" {
			t.Errorf("%s (-want +got):\n%s", l.clock(), d)
		}
	}
	l.say("librenms up", "prtg up", "snmp never_polled")
	check("nas1 is up since 2026-01-01 12:00:00 (it was unknown): librenms and prtg agree; 2 measurements confirmed it; snmp has never polled it.")
	for range 3 {
		l.wait(time.Minute)
		l.say("librenms up", "prtg down", "snmp down")
	}
	check("nas1 is down since 2026-01-01 12:01:00 (it was up): prtg and snmp agree; the votes stood 1.00 to 2.00; 4 measurements confirmed it; librenms said otherwise.")
	l.wait(5 * time.Minute)
	l.tick()
	check("nas1 is unknown since 2026-01-01 12:08:00 (it was down): the last word of librenms, prtg and snmp is too old; librenms has not looked since 2026-01-01 12:03:00, prtg has not looked since 2026-01-01 12:03:00, snmp has not looked since 2026-01-01 12:03:00.")
	l.say("librenms up,mgmt=down", "prtg paused", "snmp paused")
	check("nas1 is up since 2026-01-01 12:08:00 (it was unknown): librenms says so; prtg has paused it, snmp has paused it; only one of 3 witnesses speaks.")
	for range 2 {
		l.wait(time.Minute)
		l.say("librenms up,mgmt=down")
	}
	check("nas1 is degraded since 2026-01-01 12:10:00 (it was up): its management agent does not answer, librenms says so; 3 measurements confirmed it; only one of 3 witnesses speaks.")
	l.wait(time.Minute)
	l.say("librenms paused")
	check("nas1 is unknown since 2026-01-01 12:11:00 (it was degraded): librenms has paused it, prtg has paused it, snmp has paused it.")
	for range 13 {
		l.wait(time.Minute)
		l.say("librenms up", "prtg up", "snmp paused")
		l.wait(time.Minute)
		l.say("librenms up", "prtg down", "snmp paused")
	}
	for range 12 {
		l.wait(time.Minute)
		l.say("librenms up", "prtg down", "snmp paused")
	}
	check("nas1 is unknown since 2026-01-01 12:37:00 (it was up): librenms and prtg disagree, and nobody settled it; the votes stood 1.00 to 1.00.")
	if got, want := Explain(device.Verdict{Device: device.Name{Name: "x"}, From: device.StatusUp, To: device.StatusDegraded}), "x is degraded (it was up): nobody contradicts."; got != want {
		t.Errorf("%q", got)
	}
	for reason, want := range map[string]string{
		"never_seen": "nobody has said anything of it", "source_suspect": "nobody is not believed and nobody else speaks",
		"source_blind": "nobody has lost its own network and nobody else speaks", "abstained": "nobody speaks", "no_quorum": "it takes 0 witnesses, and only nobody speaks",
	} {
		v := device.Verdict{To: device.StatusUnknown, Reason: reason}
		if got := whyUnknown(&v); got != want {
			t.Errorf("%s: %q", reason, got)
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 59 * time.Second: "59s", 90 * time.Second: "1m 30s", 2 * time.Minute: "2m", 11*time.Minute + 5*time.Second: "11m",
		3*time.Hour + 5*time.Minute: "3h 5m", 100 * time.Hour: "4 days",
	} {
		if got := span(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}
