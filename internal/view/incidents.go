package view

import (
	"context"
	"time"

	"github.com/quorate/quorate/device"
)

// IncidentHistory tells of incidents, also of those that are over.
type IncidentHistory interface {
	// ClosedIncidents returns those whose end is an event before a sequence number, at most limit, the one that ended last
	// first. The most recent ones are before math.MaxInt64.
	ClosedIncidents(ctx context.Context, before int64, limit int) ([]Incident, error)
	// Incident returns one by its id, with all that is on record of it; false where there is none.
	Incident(ctx context.Context, id string) (IncidentReport, bool, error)
	// IncidentAt returns one as Incident did at a time; false where it had not begun. An error of type *Beyond is for
	// whoever asked.
	IncidentAt(ctx context.Context, id string, at time.Time) (IncidentReport, bool, error)
}

// Incident is one lasting problem from its beginning to its end.
type Incident struct {
	device.Incident
	// Opened and Closed are the events that told of its beginning and end; Closed is 0 while it is open.
	Opened int64 `json:"opened_seq,omitempty"`
	Closed int64 `json:"closed_seq,omitempty"`
	// Everyone are all devices that it ever held, the root first; Devices are those that it holds now, or held last.
	Everyone []device.Name `json:"all_devices"`
	// Ended says in words how it ended.
	Ended string `json:"ended,omitempty"`
	// Lasted is how long, up to its end or up to now, in seconds.
	Lasted float64 `json:"lasted_seconds"`
}

// IncidentReport is an incident with what happened during it.
type IncidentReport struct {
	Incident
	// Acknowledged are the devices whose problem somebody knows of at the time that it is told of.
	Acknowledged []Acknowledged `json:"acknowledged"`
	// Timeline are the events of the incident and of its devices, in order, from a little before its beginning on. Cut says
	// that there are more of them than are listed.
	Timeline []device.Event `json:"timeline"`
	Cut      bool           `json:"timeline_cut,omitempty"`
}

// Acknowledged is a device's problem that somebody knows of.
type Acknowledged struct {
	Device device.Name   `json:"device"`
	Status device.Status `json:"status,omitempty"`
	Since  time.Time     `json:"since"`
	Reason string        `json:"reason,omitempty"`
}
