package device

import "time"

// ReportedAlert is a problem that a source itself reports of a device, as of its latest word.
type ReportedAlert struct {
	Device     Name      `json:"device"`
	Source     string    `json:"source"`
	SourceRef  string    `json:"source_ref"`
	ObservedAt time.Time `json:"observed_at,omitzero"`
	Alert
}
