package consensus

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
)

func TestActing(t *testing.T) {
	for _, c := range []struct {
		name  string
		words [][]string
		facet device.Facet
		since time.Duration // before the last instant; 0 is no action
		want  string
	}{
		{"one of one", [][]string{{"prtg up"}}, device.FacetReach, 0, ""},
		{"two of two", [][]string{{"prtg up", "librenms up"}}, device.FacetReach, 0, ""},
		{"two of three", [][]string{{"prtg up", "librenms up", "snmp paused"}, {"snmp up"}, {"snmp paused"}}, device.FacetReach, 0, ""},
		{"one of two", [][]string{{"prtg up", "librenms up"}, {"prtg paused"}}, device.FacetReach, 0, "1 of 2 witnesses are no majority"},
		{"mgmt", [][]string{{"prtg up,mgmt=up"}}, device.FacetMgmt, 0, ""},
		{"held otherwise", [][]string{{"prtg up"}}, device.FacetMgmt, 0, "mgmt is held unknown"},
		{"health", [][]string{{"prtg up"}}, device.FacetHealth, 0, `nothing may rest on the facet "health"`},
		{"contested", [][]string{{"prtg up", "librenms up"}, {"prtg down"}}, device.FacetReach, 0, "reach is contested"},
		{"a part contested", [][]string{{"prtg up,disk:1=ok", "librenms up,disk:1=warning"}}, device.FacetReach, 0, "disk:1 is contested"},
		{"two after the action", [][]string{{"prtg up", "librenms up"}}, device.FacetReach, time.Second, ""},
		{"not all after the action", [][]string{{"prtg up", "librenms up"}, {"prtg up"}}, device.FacetReach, time.Second, "1 of 2 witnesses are no majority"},
		{"none after the action", [][]string{{"prtg up", "librenms up"}}, device.FacetReach, -time.Second, "the votes say unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t)
			for i, w := range c.words {
				if i > 0 {
					l.wait(30 * time.Second)
				}
				l.say(w...)
			}
			var since time.Time
			if c.since != 0 {
				since = l.at.Add(-c.since)
			}
			ok, why := Acting(l.cfg, l.state, id("nas1"), c.facet, device.StateUp, since, l.at)
			if why != c.want || ok != (c.want == "") {
				t.Errorf("%v %q, want %q", ok, why, c.want)
			}
		})
	}
	if ok, why := Acting(&Config{}, NewState(), "d_none", device.FacetReach, device.StateUp, time.Time{}, t0); ok || why != "the device is not known" {
		t.Errorf("%v %q", ok, why)
	}
}

func TestActingWithASuspect(t *testing.T) {
	l := newLab(t)
	l.say("librenms up*4", "prtg up*4", "snmp up*4")
	l.wait(time.Minute)
	l.say("librenms up*1+down*3", "prtg up*4", "snmp up*4")
	if ok, why := Acting(l.cfg, l.state, id("dev01"), device.FacetReach, device.StateUp, time.Time{}, l.at); ok || why != "librenms is suspect" {
		t.Errorf("%v %q", ok, why)
	}
	// Where it is silenced it is no voter.
	if ok, why := Acting(l.cfg, l.state, id("dev02"), device.FacetReach, device.StateUp, time.Time{}, l.at); !ok {
		t.Error(why)
	}
}

func TestActingWithOneWitnessOfADomain(t *testing.T) {
	l := newLab(t,
		source("librenms", func(s *Source) { s.FaultDomain = "pve1" }), source("prtg", func(s *Source) { s.FaultDomain = "pve1" }))
	l.say("librenms up", "prtg up", "snmp up")
	l.wait(time.Minute)
	l.say("librenms down@0.1", "prtg up", "snmp up")
	if ok, why := Acting(l.cfg, l.state, id("nas1"), device.FacetReach, device.StateUp, time.Time{}, l.at); ok || why != "1 of 2 witnesses are no majority" {
		t.Errorf("%v %q", ok, why)
	}
}

func TestFalseAlarms(t *testing.T) {
	score := func(l *lab) [3]int {
		s := Scores(l.state)
		return [3]int{s.Sources["librenms"], s.Sources["prtg"], s.Own}
	}
	t.Run("taken back", func(t *testing.T) {
		l := newLab(t)
		l.say("prtg up")
		l.wait(time.Minute)
		l.say("prtg down")
		l.wait(time.Minute)
		l.say("prtg paused")
		l.wait(time.Minute)
		l.say("prtg up")
		if got := score(l); got != [3]int{0, 1, 0} {
			t.Error(got)
		}
	})
	t.Run("confirmed", func(t *testing.T) {
		l := newLab(t)
		l.say("prtg up", "librenms up")
		l.wait(time.Minute)
		l.say("prtg down", "librenms down")
		l.wait(time.Minute)
		l.say("prtg up", "librenms up")
		if got := score(l); got != [3]int{} {
			t.Error(got)
		}
	})
	t.Run("down after the verdict was", func(t *testing.T) {
		l := newLab(t)
		l.say("prtg up", "librenms up", "snmp up")
		l.wait(time.Minute)
		l.say("prtg down", "snmp down")
		l.wait(time.Minute)
		l.say("prtg down", "snmp down")
		l.wait(time.Minute)
		l.say("librenms down", "prtg down", "snmp down")
		l.wait(time.Minute)
		l.say("librenms up", "prtg up", "snmp up")
		if got := score(l); got != [3]int{} {
			t.Error(got)
		}
	})
	t.Run("outvoted while a witness said up all through", func(t *testing.T) {
		l := newLab(t)
		l.say("prtg up", "librenms up", "snmp up")
		for range 3 {
			l.wait(time.Minute)
			l.say("prtg down", "librenms up", "snmp down")
		}
		l.want("nas1", "down confirmed")
		l.wait(time.Minute)
		l.say("prtg up", "librenms up", "snmp up")
		l.want("nas1", "up confirmed")
		if got := score(l); got != [3]int{0, 0, 1} {
			t.Error(got)
		}
	})
	t.Run("outvoted by one who fell silent in between", func(t *testing.T) {
		l := newLab(t)
		l.say("prtg up", "librenms up", "snmp up")
		for range 3 {
			l.wait(time.Minute)
			l.say("prtg down", "librenms up", "snmp down")
		}
		l.wait(time.Minute)
		l.say("prtg down", "librenms paused", "snmp down")
		l.wait(time.Minute)
		l.say("prtg up", "librenms up", "snmp up")
		if got := score(l); got != [3]int{} {
			t.Error(got)
		}
	})
	t.Run("once a down", func(t *testing.T) {
		l := newLab(t)
		l.say("librenms up*4", "prtg up*4")
		for range 2 {
			for range 3 {
				l.wait(time.Minute)
				l.say("librenms down*4", "prtg up*4")
			}
			l.wait(time.Minute)
			l.say("librenms up*4", "prtg up*4")
		}
		if got := score(l); got != [3]int{8, 0, 0} {
			t.Error(got)
		}
	})
	t.Run("the dispute ended in up and it says down still", func(t *testing.T) {
		l := newLab(t)
		l.say("librenms up", "prtg up")
		for range 3 {
			l.wait(time.Minute)
			l.say("librenms down", "prtg up")
		}
		l.say("snmp up")
		l.wantTold("source.up snmp", "dispute.closed nas1 reach up->up winner up")
		if got := score(l); got != [3]int{1, 0, 0} {
			t.Error(got)
		}
	})
	t.Run("a weak binding raises no alarm", func(t *testing.T) {
		l := newLab(t)
		for _, w := range []string{"prtg up", "prtg down", "prtg up"} {
			sn := l.snapshot(w)
			sn.Observations[0].Weak = true
			l.judge(Instant{Snapshots: []Snapshot{sn}})
			l.wait(time.Minute)
		}
		if got := score(l); got != [3]int{} {
			t.Error(got)
		}
	})
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"empty", Config{}, ""},
		{"interval", Config{Sources: map[string]Source{"prtg": {}}}, `source "prtg": interval must be positive`},
		{"on_dispute", Config{Defaults: Rules{OnDispute: "ok"}}, `consensus: on_dispute is unknown, up or down, not "ok"`},
		{"on_dispute of a device", Config{Overrides: map[string]Override{"a": {OnDispute: new(device.StateSplit)}, "b": {OnDispute: new(device.StateUp)}}},
			`device "a": on_dispute is unknown, up or down, not "split"`},
		{"tree", Config{Parents: map[string][]string{"a": {"b", "c"}, "b": {"c"}, "d": {"a"}}}, ""},
		{"cycle", Config{Parents: map[string][]string{"z": {"a"}, "a": {"b"}, "b": {"x", "c"}, "c": {"a"}}}, "parents form a cycle: a -> b -> c -> a"},
		{"itself", Config{Parents: map[string][]string{"a": {"a"}}}, "parents form a cycle: a -> a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if err := c.cfg.Validate(); err != nil {
				got = err.Error()
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

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
	check("nas1 is unknown since 2026-01-01 12:08:00 (it was down): the last word of librenms, prtg and snmp is too old.")
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
		"source_blind": "nobody has lost its own network and nobody else speaks", "abstained": "nobody speaks", "no_quorum": "0 votes of 0 witnesses needed (nobody)",
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
