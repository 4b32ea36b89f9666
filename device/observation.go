package device

import "time"

// SourceRef names one device as one source knows it: the source's name and its own id for the device, which is
// stable within the source.
type SourceRef struct {
	Source string `json:"source"`
	Ref    string `json:"ref"`
}

// Compare orders refs by source, then ref.
func (r SourceRef) Compare(o SourceRef) int {
	switch {
	case r.Source < o.Source:
		return -1
	case r.Source > o.Source:
		return 1
	case r.Ref < o.Ref:
		return -1
	case r.Ref > o.Ref:
		return 1
	}
	return 0
}

// Identity is everything a source knows about who a device is. Only Ref is required; what is empty is unknown.
type Identity struct {
	Ref       string   `json:"ref"`
	Name      string   `json:"name,omitempty"`
	Addresses []string `json:"addresses,omitempty"`
	Hostnames []string `json:"hostnames,omitempty"`
	MACs      []string `json:"macs,omitempty"`
	Serial    string   `json:"serial,omitempty"`
	EngineID  string   `json:"engine_id,omitempty"`
	Vendor    string   `json:"vendor,omitempty"`
	Model     string   `json:"model,omitempty"`
	OS        string   `json:"os,omitempty"`
	Version   string   `json:"version,omitempty"`
	Location  string   `json:"location,omitempty"`
	Type      string   `json:"type,omitempty"`
	Parents   []string `json:"parents,omitempty"` // refs of the same source
	Links     []Link   `json:"links,omitempty"`
	VLANs     []VLAN   `json:"vlans,omitempty"`

	// Follows is the id of the device that Ref stands for, where the source looks at a device that it was told of: such a
	// ref is bound by this alone, and is no evidence of who the device is.
	Follows string `json:"follows,omitempty"`
}

// Link names what hangs on a component, by whatever keys are known.
type Link struct {
	Component string `json:"component"`
	MAC       string `json:"mac,omitempty"`
	Name      string `json:"name,omitempty"`
	Address   string `json:"address,omitempty"`
	Kind      string `json:"kind,omitempty"` // "lldp" or "fdb"
}

// VLAN is one virtual network that a device carries, with the ports that belong to it.
type VLAN struct {
	ID       int      `json:"id"` // 1..4094
	Name     string   `json:"name,omitempty"`
	Tagged   []string `json:"tagged,omitempty"` // components, "port:A1"
	Untagged []string `json:"untagged,omitempty"`
}

// Claim is a source's word on one facet of one device.
type Claim struct {
	Facet     Facet  `json:"facet"`
	Component string `json:"component,omitempty"` // "kind:label" as the device names it; "" is the device itself
	State     State  `json:"state"`

	// Confidence is 0..1; nil means 1.
	Confidence *float64 `json:"confidence,omitempty"`
	// Interval says how often the source measures this, where that is slower than its polls; 0 means with each poll.
	Interval Duration `json:"interval,omitzero"`
	// ObservedAt overrides the observation's; zero means the observation's.
	ObservedAt time.Time `json:"observed_at,omitzero"`
	// Raw is the source's own words, kept with the vote.
	Raw string `json:"raw,omitempty"`
}

// Sure returns the claim's confidence, 1 where it gives none.
func (c Claim) Sure() float64 {
	if c.Confidence == nil {
		return 1
	}
	return *c.Confidence
}

// Reading is one measured value. Units are UCUM.
type Reading struct {
	Component string  `json:"component,omitempty"`
	Quantity  string  `json:"quantity"`
	Value     float64 `json:"value"`
	Unit      string  `json:"unit,omitempty"`
}

// Alert is one problem that a source itself reports. Alerts are evidence, never votes.
type Alert struct {
	Ref       string    `json:"ref"`
	Component string    `json:"component,omitempty"`
	Class     string    `json:"class,omitempty"`
	Severity  string    `json:"severity,omitempty"`
	State     string    `json:"state,omitempty"` // such as "firing"; "logged" marks a line of a log, no problem that lasts
	Since     time.Time `json:"since,omitzero"`
	Text      string    `json:"text,omitempty"`
}

// Observation is a source's whole word on one device at one moment: a claim that it no longer makes no longer counts.
type Observation struct {
	Identity

	// ObservedAt is the source's own time of measurement; zero means the snapshot's At.
	ObservedAt time.Time `json:"observed_at,omitzero"`
	Claims     []Claim   `json:"claims,omitempty"`
	// Abstain, where it is not empty, replaces all claims: the source knows the device and says nothing now.
	Abstain  Abstention `json:"abstain,omitempty"`
	Readings []Reading  `json:"readings,omitempty"`
	Alerts   []Alert    `json:"alerts,omitempty"`
}
