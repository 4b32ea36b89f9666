package web

import (
	"strings"

	"github.com/quorate/quorate/device"
)

// eventRow is one event with the sign and the class that tell what it means, beside its words.
type eventRow struct {
	*device.Event
	Sign, Kind string
}

func eventRowOf(e *device.Event) eventRow {
	r := eventRow{e, "·", "plain"}
	switch e.Type {
	case device.EventVerdictChanged, device.EventFacetChanged:
		r.Sign, r.Kind = statusSign(e.To)
	case device.EventDisputeOpened, device.EventIdentityConflict, device.EventFlappingStart:
		r.Sign, r.Kind = "≠", "warn"
	case device.EventIncidentOpened, device.EventPublishLeaked, device.EventSourceQuarantined, device.EventAgentDegraded:
		r.Sign, r.Kind = "▼", "down"
	case device.EventSourceBlind, device.EventSourceSuspect, device.EventSourceSkewed, device.EventSourceCrashed, device.EventSourceHung,
		device.EventSourceLimit, device.EventSinkFailing, device.EventSinkDropped, device.EventConfigRejected, device.EventPublishRefused,
		device.EventAlertOpened:
		r.Sign, r.Kind = "◆", "warn"
	case device.EventIncidentClosed, device.EventDisputeClosed, device.EventSourceUp, device.EventSourceRecovered, device.EventSinkRecovered,
		device.EventAgentRecovered, device.EventAlertClosed, device.EventFlappingEnd:
		r.Sign, r.Kind = "▲", "up"
	}
	return r
}

// statusSign is how a status, or the state of a facet, is marked.
func statusSign(status string) (sign, kind string) {
	switch status {
	case string(device.StatusUp), string(device.StateOK):
		return "▲", "up"
	case string(device.StatusDown), string(device.StateCritical):
		return "▼", "down"
	case string(device.StatusDegraded), string(device.StateWarning):
		return "◆", "warn"
	}
	return "?", "unknown"
}

// Change is what it was and what it became, "" where the event is of no such kind.
func (r *eventRow) Change() string {
	if r.From == "" || r.To == "" {
		return ""
	}
	return strings.ReplaceAll(clean(r.From), "_", " ") + " → " + strings.ReplaceAll(clean(r.To), "_", " ")
}
