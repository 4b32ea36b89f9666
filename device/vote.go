package device

import "time"

// Vote is a claim with its weight, or an abstention with its reason, as it counted at one instant.
type Vote struct {
	Source    string `json:"source"`
	Ref       string `json:"ref"`
	Facet     Facet  `json:"facet"`
	Component string `json:"component,omitempty"`
	// State is what the source says, also where its vote is silenced; empty where it claims nothing.
	State State `json:"state,omitempty"`
	// Confidence and Freshness are 0..1; Weight is trust x confidence x freshness after the scaling of its fault
	// domain, and 0 for an abstention.
	Confidence float64 `json:"confidence"`
	Freshness  float64 `json:"freshness"`
	Weight     float64 `json:"weight"`
	// Age is the time from the measurement to the instant.
	Age        Duration  `json:"age"`
	ObservedAt time.Time `json:"observed_at,omitzero"`
	// Domain is the source's fault domain: the witness that this vote belongs to.
	Domain  string     `json:"domain,omitempty"`
	Abstain Abstention `json:"abstain"`
	Raw     string     `json:"raw,omitempty"`
}
