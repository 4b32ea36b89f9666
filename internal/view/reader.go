package view

import (
	"context"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

// Reader is what is shown. Methods without a context answer from memory: the last committed state.
type Reader interface {
	EventLog
	Certificates
	Then
	IncidentHistory
	ReadingLists
	Agreements
	OpenQuestions
	PollHistory
	History
	LaneTeller
	Workings

	Devices(at time.Time) []device.Current
	// Device finds one by name, id or address.
	Device(name string, at time.Time) (device.Current, bool)
	// Profile is all that is known of who a device is.
	Profile(id device.ID) (device.Profile, bool)
	Sources(at time.Time) []device.SourceStatus
	// Sinks says how far the sinks have come, in the order of the configuration.
	Sinks() []device.SinkStatus
	// Status is how the agent does.
	Status(at time.Time) device.AgentStatus
	Scores() device.Scoreboard
	Incidents() []device.Incident
	// Maintenance lists the windows that are open or will come, Disputes the questions on which the votes are contested.
	Maintenance(at time.Time) []device.Maintenance
	// Milestones and Notes are what the blog's posts are made of, where there is a blog.
	Milestones(ctx context.Context) ([]device.Milestone, error)
	Notes(ctx context.Context) ([]device.Note, error)
	Disputes(at time.Time) []device.Dispute
	// Coverage says who can speak for each device.
	Coverage(at time.Time) consensus.CoverageReport
	LastSeq() int64
	Kept

	// Events returns at most limit recorded events behind seq after, in order.
	Events(ctx context.Context, after int64, limit int) ([]device.Event, error)
	// EventsOf returns the newest events of one device, newest first.
	EventsOf(ctx context.Context, id device.ID, limit int) ([]device.Event, error)
	// Verdicts returns the newest verdicts of one device, newest first.
	Verdicts(ctx context.Context, id device.ID, limit int) ([]device.Verdict, error)
	// VerdictAt returns the verdict in force at that time; false where there was none.
	VerdictAt(ctx context.Context, id device.ID, at time.Time) (device.Verdict, bool, error)
	// Alerts are what the sources themselves report in their latest words.
	Alerts(ctx context.Context) ([]device.ReportedAlert, error)
	// Explain says a verdict on a device in a sentence and, where now is not zero, how the device stands then beside it. A
	// nil verdict means that none was ever given.
	Explain(id device.ID, v *device.Verdict, now time.Time) device.Explanation

	Changes
}
