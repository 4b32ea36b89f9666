package device

import "time"

// EventType names what changed. New types may be added; readers ignore what they do not know.
type EventType string

// The event types.
const (
	EventDeviceDiscovered EventType = "device.discovered"
	EventDeviceMoved      EventType = "device.moved"
	EventDeviceMerged     EventType = "device.merged"
	EventDeviceSplit      EventType = "device.split"
	EventDeviceRenamed    EventType = "device.renamed"
	EventDeviceRetired    EventType = "device.retired"
	EventDeviceConfirmed  EventType = "device.confirmed"
	EventIdentityConflict EventType = "identity.conflict"

	EventVerdictChanged EventType = "verdict.changed"
	EventVerdictPending EventType = "verdict.pending"
	EventFacetChanged   EventType = "facet.changed"
	EventDisputeOpened  EventType = "dispute.opened"
	EventDisputeClosed  EventType = "dispute.closed"
	EventFlappingStart  EventType = "flapping.started"
	EventFlappingEnd    EventType = "flapping.ended"

	EventSourceUp          EventType = "source.up"
	EventSourceBlind       EventType = "source.blind"
	EventSourceSuspect     EventType = "source.suspect"
	EventSourceSkewed      EventType = "source.skewed"
	EventSourceRecovered   EventType = "source.recovered"
	EventSourceCrashed     EventType = "source.crashed"
	EventSourceHung        EventType = "source.hung"
	EventSourceLimit       EventType = "source.limit"
	EventSourceRestarted   EventType = "source.restarted"
	EventSourceQuarantined EventType = "source.quarantined"

	EventSinkFailing   EventType = "sink.failing"   // it has taken nothing for a minute
	EventSinkRecovered EventType = "sink.recovered" // it has all that had waited
	EventSinkDropped   EventType = "sink.dropped"   // more waited than may: the oldest were passed over

	EventAlertOpened  EventType = "alert.opened"
	EventAlertChanged EventType = "alert.changed"
	EventAlertClosed  EventType = "alert.closed"

	EventIncidentOpened  EventType = "incident.opened"
	EventIncidentChanged EventType = "incident.changed"
	EventIncidentClosed  EventType = "incident.closed"

	EventMaintenanceStarted EventType = "maintenance.started"
	EventMaintenanceEnded   EventType = "maintenance.ended"

	EventAcknowledged      EventType = "acknowledged.started"
	EventAcknowledgedEnded EventType = "acknowledged.ended"
	EventUnreachableEnded  EventType = "unreachable.ended"

	EventAgentDegraded  EventType = "agent.degraded"
	EventAgentRecovered EventType = "agent.recovered"

	EventConfigReloaded     EventType = "config.reloaded"
	EventConfigRejected     EventType = "config.rejected"
	EventMilestoneOpened    EventType = "milestone.opened"
	EventMilestoneDrafted   EventType = "milestone.drafted"
	EventMilestonePublished EventType = "milestone.published"
	EventPublishRefused     EventType = "publish.refused"
	EventPublishLeaked      EventType = "publish.leaked" // something private stands in a file of the blog

	EventTokenCreated EventType = "token.created"
	EventTokenRotated EventType = "token.rotated"
	EventTokenRevoked EventType = "token.revoked"
)

// EventTypes returns all types above, in that order: what a filter may name.
func EventTypes() []EventType {
	return []EventType{
		EventDeviceDiscovered, EventDeviceMoved, EventDeviceMerged, EventDeviceSplit, EventDeviceRenamed, EventDeviceRetired,
		EventDeviceConfirmed, EventIdentityConflict, EventVerdictChanged, EventVerdictPending, EventFacetChanged, EventDisputeOpened,
		EventDisputeClosed, EventFlappingStart, EventFlappingEnd, EventSourceUp, EventSourceBlind, EventSourceSuspect,
		EventSourceSkewed, EventSourceRecovered, EventSourceCrashed, EventSourceHung, EventSourceLimit, EventSourceRestarted,
		EventSourceQuarantined, EventSinkFailing, EventSinkRecovered, EventSinkDropped, EventAlertOpened, EventAlertChanged,
		EventAlertClosed, EventIncidentOpened, EventIncidentChanged, EventIncidentClosed, EventMaintenanceStarted,
		EventMaintenanceEnded, EventAcknowledged, EventAcknowledgedEnded, EventUnreachableEnded, EventAgentDegraded,
		EventAgentRecovered, EventConfigReloaded, EventConfigRejected, EventMilestoneOpened, EventMilestoneDrafted,
		EventMilestonePublished, EventPublishRefused, EventPublishLeaked,
		EventTokenCreated, EventTokenRotated, EventTokenRevoked,
	}
}

// Event is one thing that changed: stored with a sequence number, streamed and delivered in this form.
type Event struct {
	// Seq is gapless and rises by one; ID is a ULID and serves as the idempotency key of deliveries.
	Seq  int64     `json:"seq"`
	ID   string    `json:"id"`
	Type EventType `json:"type"`
	At   time.Time `json:"at"`

	Since     time.Time `json:"since,omitzero"`
	Device    *Name     `json:"device,omitempty"`
	Source    string    `json:"source,omitempty"`
	Sink      string    `json:"sink,omitempty"`
	Facet     Facet     `json:"facet,omitempty"`
	Component string    `json:"component,omitempty"`
	From      string    `json:"from,omitempty"`
	To        string    `json:"to,omitempty"`
	Standing  Standing  `json:"standing,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	// Winner is the side that was right, of dispute.closed: a state.
	Winner string `json:"winner,omitempty"`
	// Other is the second device of a merge, split or conflict.
	Other *Name `json:"other,omitempty"`
	// Alert is the source's own id of the problem, of alert.*; From and To are its severity, Reason is its state.
	Alert string `json:"alert,omitempty"`
	// Because is the root of an unreachable device or an incident.
	Because *Name `json:"because,omitempty"`
	// Incident is the id of the incident that this event belongs to, of incident.*, and Devices are all that it holds.
	Incident string `json:"incident,omitempty"`
	Devices  []Name `json:"devices,omitempty"`
	// Overlays are those of the device when it happened: with any of them nobody is notified.
	Overlays []OverlayKind `json:"overlays,omitempty"`
	// Until is when a maintenance that began will end, zero where nobody knows; of agent.recovered, when the limit was over.
	Until time.Time `json:"until,omitzero"`
	// NotifyAt is the earliest time at which anybody should be told, where the cause may still turn out to be another.
	NotifyAt time.Time `json:"notify_at,omitzero"`
	// Count is how many events a sink was not given so far, since its first, of sink.dropped.
	Count int64  `json:"count,omitempty"`
	Votes []Vote `json:"votes,omitempty"`
	// Text is one sentence a person understands. It may hold device names: hostile input for every renderer.
	Text string `json:"text,omitempty"`
}
