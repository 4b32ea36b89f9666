package api

import (
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

// The examples of the document. All tell of one lab at one time: nas-1, of which two monitors say two things.

var (
	exampleNow  = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	exampleName = device.Name{ID: "d_7k2m9q4x1c", Name: "nas-1"}
)

func exampleVotes() []device.Vote {
	vote := func(source string, state device.State, age time.Duration) device.Vote {
		return device.Vote{
			Source: source, Ref: "7", Facet: device.FacetReach, State: state, Confidence: 1, Freshness: 1, Weight: 1,
			Age: device.Duration(age), ObservedAt: exampleNow.Add(-age), Domain: source,
		}
	}
	return []device.Vote{vote("librenms", device.StateUp, 40*time.Second), vote("prtg", device.StateDown, 12*time.Second)}
}

func exampleDevice() device.Current {
	return device.Current{
		ID: exampleName.ID, Name: exampleName.Name, Status: device.StatusUp, Standing: device.StandingDisputed, Since: exampleNow.Add(-42 * time.Minute),
		Bindings: []device.Binding{{Source: "librenms", Ref: "7"}, {Source: "prtg", Ref: "7"}}, Addresses: []string{"192.0.2.20"}, Hostnames: []string{"nas-1.example.net"},
		MACs: []string{"00:00:5e:00:53:20"}, Witnesses: device.Witnesses{Enrolled: 2, Voting: 2}, Votes: exampleVotes(), Type: "storage",
	}
}

func exampleProfile() device.Profile {
	return device.Profile{
		ID: exampleName.ID, Name: exampleName.Name, Created: exampleNow.Add(-24 * time.Hour),
		Fields: []device.Field{{Name: "model", Value: "NAS 4000", Source: "librenms", Since: exampleNow.Add(-24 * time.Hour)}},
		Refs:   []device.Bond{{SourceRef: device.SourceRef{Source: "librenms", Ref: "7"}, By: "mac", Since: exampleNow.Add(-24 * time.Hour), MACs: []string{"00:00:5e:00:53:20"}}},
	}
}

func exampleVerdict() device.Verdict {
	return device.Verdict{
		Seq: 41, Device: exampleName, From: device.StatusDown, To: device.StatusUp, Since: exampleNow.Add(-43 * time.Minute), DecidedAt: exampleNow.Add(-42 * time.Minute),
		Standing: device.StandingConfirmed, Witnesses: device.Witnesses{Enrolled: 2, Voting: 2}, Votes: exampleVotes()[:1],
	}
}

func exampleExplanation() device.Explanation {
	return device.Explanation{Text: "nas-1 is up because librenms says up and nobody says otherwise.", Verdict: exampleVerdict()}
}

func exampleEvent() device.Event {
	name := exampleName
	return device.Event{
		Seq: 42, ID: "01KEZ00000QUORATE000000042", Type: device.EventDisputeOpened, At: exampleNow, Device: &name, Facet: device.FacetReach,
		Text: "The sources disagree about nas-1.", Votes: exampleVotes(),
	}
}

func exampleSource() device.SourceStatus {
	return device.SourceStatus{
		Name: "librenms", Type: "librenms", Health: device.HealthUp, LastSuccess: exampleNow.Add(-40 * time.Second), Devices: 11, Interval: device.Duration(time.Minute),
		Plugin: &device.PluginStatus{State: device.PluginRunning, Since: exampleNow.Add(-time.Hour)},
	}
}

func exampleSink() device.SinkStatus {
	return device.SinkStatus{Name: "hub", Kind: "webhook", State: device.SinkFailing, Cursor: 37, Waiting: 5, Error: "POST: 503 Service Unavailable", FailingSince: exampleNow}
}

func exampleIncident() device.Incident {
	return device.Incident{ID: "i_42", Root: exampleName, Devices: []device.Name{exampleName}, OpenedAt: exampleNow, Kind: "down"}
}

func exampleDispute() device.Dispute {
	return device.Dispute{
		Device: exampleName, Facet: device.FacetReach, Held: device.StateUp, Since: exampleNow.Add(-time.Minute), OpenedAt: exampleNow, Up: 1, Down: 1,
		Votes: exampleVotes(), Text: "librenms says up, prtg says down.",
	}
}

func exampleCoverage() consensus.CoverageReport {
	return consensus.CoverageReport{
		Counts: []consensus.WitnessCount{{Witnesses: 2, Devices: 1}},
		Devices: []consensus.Covered{{
			Device: exampleName, Sources: []string{"librenms", "prtg"}, Witnesses: []string{"librenms", "prtg"}, Voting: []string{"librenms", "prtg"}, Best: device.StandingConfirmed,
		}},
	}
}

func exampleAlert() device.ReportedAlert {
	return device.ReportedAlert{
		Device: exampleName, Source: "prtg", SourceRef: "7", ObservedAt: exampleNow,
		Alert: device.Alert{Ref: "71", Component: "disk:1", Severity: "warning", State: "firing", Since: exampleNow, Text: "the volume is 92 % full"},
	}
}

func exampleMaintenance() device.Maintenance {
	return device.Maintenance{
		Name: "patch night", Devices: []device.Name{exampleName}, Scheduled: true, Schedule: "0 2 * * 0", Timezone: "UTC",
		NextStart: exampleNow.Add(14 * time.Hour), NextEnd: exampleNow.Add(16 * time.Hour),
	}
}

func exampleMilestone() device.Milestone {
	return device.Milestone{Number: 3, Title: "No more cables", State: device.MilestoneDrafted, OpenedAt: exampleNow, After: 41}
}

func exampleNote() device.Note {
	return device.Note{File: "2026-01-15-loop.md", Kind: "challenge", Title: "A loop", Text: "Two ports of one switch were joined.", Evidence: []int64{42}}
}

func exampleSummary() Summary {
	uptime, agreement := 99.93, 98.7
	return Summary{
		State: SummaryProblem, Up: 61, Down: 2, Degraded: 1, Unknown: 4, Devices: 68, Uptime: &uptime, Agreement: &agreement, Disputed: 1, SourcesOK: 2, SourcesTotal: 2, OpenIncidents: 1,
		FalseAlarms: map[string]int{"quorate": 0, "prtg": 3}, LastSeq: 4711, Updated: exampleNow,
	}
}

func exampleStatus() device.AgentStatus {
	return device.AgentStatus{
		Name: "home", Version: "1.0.0", State: device.AgentOK, Since: exampleNow, Started: exampleNow, LastSeq: 4711,
		Config: device.ConfigStatus{Generation: 1}, Sources: device.SourceCounts{Up: 2}, Sinks: device.SinkCounts{OK: 1},
	}
}
