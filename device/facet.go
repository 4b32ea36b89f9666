package device

// Facet is one question about a device.
type Facet string

// The three facets.
const (
	FacetReach  Facet = "reach"  // does the device answer at all
	FacetMgmt   Facet = "mgmt"   // does its management agent (SNMP, WMI, an API) answer
	FacetHealth Facet = "health" // are its parts well, per component
)

// State is what a claim or a verdict says of one facet: up, down or split for reach and mgmt; ok, warning or
// critical for health; and unknown, which only a verdict can be.
type State string

// The states. StateUnknown is no state of a claim: a source that does not know abstains.
const (
	StateUp       State = "up"
	StateDown     State = "down"
	StateSplit    State = "split"
	StateOK       State = "ok"
	StateWarning  State = "warning"
	StateCritical State = "critical"
	StateUnknown  State = "unknown"
)

// ClaimableBy reports whether a claim about facet f may carry state s.
func (s State) ClaimableBy(f Facet) bool {
	switch f {
	case FacetReach, FacetMgmt:
		return s == StateUp || s == StateDown || s == StateSplit
	case FacetHealth:
		return s == StateOK || s == StateWarning || s == StateCritical
	}
	return false
}

// Status is a device's one word, derived from the states of its facets.
type Status string

// The statuses.
const (
	StatusUp       Status = "up"
	StatusDegraded Status = "degraded"
	StatusDown     Status = "down"
	StatusUnknown  Status = "unknown"
)

// Standing says on how many voices a verdict stands.
type Standing string

// The standings.
const (
	StandingConfirmed Standing = "confirmed" // two or more witnesses for the held state
	StandingSingle    Standing = "single"    // one witness
	StandingDisputed  Standing = "disputed"  // contested now
	StandingNone      Standing = "none"      // nobody speaks
)

// Abstention is the reason for a missing vote. A source gives one of the first group in an observation; the agent
// gives one of the second group itself.
type Abstention string

// The abstentions.
const (
	AbstainPaused            Abstention = "paused"
	AbstainExcluded          Abstention = "excluded"
	AbstainMaintenance       Abstention = "maintenance"
	AbstainNeverPolled       Abstention = "never_polled"
	AbstainUnknown           Abstention = "unknown"
	AbstainProbeDisconnected Abstention = "probe_disconnected"

	AbstainStale         Abstention = "stale"
	AbstainSourceBlind   Abstention = "source_blind"
	AbstainSourceSuspect Abstention = "source_suspect"
	AbstainWeakIdentity  Abstention = "weak_identity"
	AbstainConflict      Abstention = "identity_conflict"
)

// BySource reports whether a source may give a as its own reason.
func (a Abstention) BySource() bool {
	switch a {
	case AbstainPaused, AbstainExcluded, AbstainMaintenance, AbstainNeverPolled, AbstainUnknown, AbstainProbeDisconnected:
		return true
	}
	return false
}
