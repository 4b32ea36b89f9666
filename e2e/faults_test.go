package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
)

// TestFaults lets one monitor answer badly. Whatever it answers, its devices are left to the other witnesses: nothing
// goes down by it, and "quorate sources" says in one line what is wrong.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, source string
		fault        func(s *site)
		// says is what the source's line must hold.
		says []string
		// come is what the fault comes to, beside that line.
		come func(devices map[string]device.Current) bool
		also func(t *testing.T, s *site, a *agent)
	}{
		{
			name: "librenms answers 500", source: "librenms",
			fault: func(s *site) { s.LibreNMS.SetFault(lab.Fault{Kind: lab.FaultServerError}) },
			says:  []string{"blind", "GET /api/v0/devices: 500 Internal Server Error"},
			come: func(devices map[string]device.Current) bool {
				return countStatus(devices, device.StatusUp) == 68 && carriedOn(devices) == 3
			},
			also: func(t *testing.T, s *site, a *agent) { recovers(t, s, a, "librenms") },
		},
		{
			name: "prtg answers its login page", source: "prtg",
			fault: func(s *site) { s.PRTG.SetFault(lab.Fault{Kind: lab.FaultLoginPage}) },
			says:  []string{"blind", "log-in page", "credentials"},
			come:  onlyPRTGUnknown,
			also:  func(t *testing.T, s *site, a *agent) { recovers(t, s, a, "prtg") },
		},
		{
			name: "prtg answers 401", source: "prtg",
			fault: func(s *site) { s.PRTG.SetFault(lab.Fault{Kind: lab.FaultUnauthorized}) },
			says:  []string{"blind", "401 Unauthorized", "Not retried", "API key"},
			come:  onlyPRTGUnknown,
			also: func(t *testing.T, s *site, a *agent) {
				asked, failed := s.PRTG.Requests(), a.source(t, "prtg").Failures
				eventually(t, "five more polls that fail", func() bool { return a.source(t, "prtg").Failures >= failed+5 })
				if now := s.PRTG.Requests(); now != asked {
					t.Errorf("a PRTG that refused the log-in was asked %d times more", now-asked)
				}
			},
		},
		{
			name: "an SNMP agent goes silent", source: "snmp",
			fault: func(s *site) { s.Agents.Agent("nas-1").SetSilent(true) },
			says:  []string{"snmp-direct", "up", "calls nas-1 down, others do not", "timeout"},
			come: func(devices map[string]device.Current) bool {
				return countStatus(devices, device.StatusUp) == 68 && slices.ContainsFunc(devices["nas-1"].Votes, func(v device.Vote) bool {
					return v.Source == "snmp" && v.Facet == device.FacetReach && v.State == device.StateDown && v.Confidence == 0.5
				})
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, "")
			a := s.agent(t)
			live := a.stream(t, 0)
			eventually(t, "68 devices up, 8 of them with three witnesses", func() bool {
				devices := a.devices(t)
				return countStatus(devices, device.StatusUp) == 68 && countVoting(devices, 3) == 8
			})
			c.fault(s)
			eventually(t, "what the fault comes to", func() bool { return c.come(a.devices(t)) })
			checkSourcesLine(t, s, c.source, c.says)
			if c.also != nil {
				c.also(t, s, a)
			}
			for _, f := range live.all() {
				var e device.Event
				decodeLine(t, f.data, &e)
				switch {
				case e.Type == device.EventVerdictChanged && (e.To == string(device.StatusDown) || e.To == string(device.StatusDegraded)):
					t.Errorf("event %d: %s", e.Seq, e.Text)
				case e.Type == device.EventSourceBlind && e.Source != c.source,
					e.Type == device.EventSourceCrashed, e.Type == device.EventIncidentOpened:
					t.Errorf("event %d: %s: %s", e.Seq, e.Type, e.Text)
				}
			}
			a.stop(t, 0)
		})
	}
}

func countVoting(devices map[string]device.Current, voting int) int {
	n := 0
	for _, d := range devices {
		if d.Witnesses.Voting >= voting {
			n++
		}
	}
	return n
}

// carriedOn counts devices that are up by the only witness of several that is left.
func carriedOn(devices map[string]device.Current) int {
	n := 0
	for _, d := range devices {
		if d.RedundancyLost && d.Status == device.StatusUp {
			n++
		}
	}
	return n
}

// onlyPRTGUnknown: what only PRTG sees is unknown, the rest is up.
func onlyPRTGUnknown(devices map[string]device.Current) bool {
	return countStatus(devices, device.StatusUnknown) == 57 && countStatus(devices, device.StatusUp) == 11 && carriedOn(devices) == 3
}

// checkSourcesLine looks for the one line of that source.
func checkSourcesLine(t *testing.T, s *site, source string, says []string) {
	t.Helper()
	table := s.command().ok(t, "sources")
	if strings.Contains(table, lab.Canary) {
		t.Errorf("a secret is shown:\n%s", table)
	}
	lines := strings.Split(strings.TrimRight(table, "\n"), "\n")
	if len(lines) != 4 {
		t.Fatalf("not a line for each of 3 sources:\n%s", table)
	}
	for _, line := range lines[1:] {
		name, rest, _ := strings.Cut(line, " ")
		switch {
		case name == source:
			for _, want := range says {
				if !strings.Contains(rest, want) {
					t.Errorf("the line of %s does not say %q: %s", source, want, line)
				}
			}
		case strings.Contains(rest, "blind") || strings.Contains(rest, "suspect"):
			t.Errorf("another source is not believed: %s", line)
		}
	}
}

// recovers ends the fault, and all is well by itself.
func recovers(t *testing.T, s *site, a *agent, source string) {
	t.Helper()
	s.LibreNMS.SetFault(lab.Fault{})
	s.PRTG.SetFault(lab.Fault{})
	eventually(t, "all well again", func() bool {
		devices := a.devices(t)
		return countStatus(devices, device.StatusUp) == 68 && carriedOn(devices) == 0 && a.source(t, source).LastError == ""
	})
}
