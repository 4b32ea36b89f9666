package device

import "time"

// Name is a device as events and records name it.
type Name struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
}

// OverlayKind is a state that mutes notifications and never changes what is recorded.
type OverlayKind string

// The overlays.
const (
	OverlayMaintenance  OverlayKind = "maintenance"
	OverlayUnreachable  OverlayKind = "unreachable"
	OverlayFlapping     OverlayKind = "flapping"
	OverlayPending      OverlayKind = "pending"
	OverlayAcknowledged OverlayKind = "acknowledged"
)

// Mute is an overlay that a person or a schedule put on a device: maintenance or acknowledged.
type Mute struct {
	Kind OverlayKind `json:"kind"`
	// Name is the window's: of a maintenance block, or what a person named. A device has one mute of a kind and name.
	Name   string `json:"name,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Since is the instant at which it began. It ends at the first instant that is not before Until; zero is no end.
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"`
	// Scheduled says that it follows a maintenance block; Ended that a person ended it before its time, so that it mutes
	// nothing and does not begin again.
	Scheduled bool `json:"scheduled,omitempty"`
	Ended     bool `json:"ended,omitempty"`
	// Status is what was acknowledged.
	Status Status `json:"status,omitempty"`
}

// Witnesses counts fault domains for a device's reach.
type Witnesses struct {
	Enrolled int `json:"enrolled"`
	Voting   int `json:"voting"`
}

// Tally is how one facet, or one component of health, was judged at one instant.
type Tally struct {
	Facet     Facet  `json:"facet"`
	Component string `json:"component,omitempty"`
	// State is the state held after the instant, Proposal what the votes alone say ("contested" included).
	State    State  `json:"state"`
	Proposal string `json:"proposal"`
	// Up and Down are the summed weights (ok and not ok for health), Share is Down / (Up + Down).
	Up    float64 `json:"up"`
	Down  float64 `json:"down"`
	Share float64 `json:"share"`
	// Enrolled is N, the fault domains ever heard on this facet; Voters those that vote now.
	Enrolled int      `json:"enrolled"`
	Voters   int      `json:"voters"`
	Quorum   int      `json:"quorum"`
	Standing Standing `json:"standing"`
	Reason   string   `json:"reason,omitempty"`
	// Counted of Needed measurements confirm the running proposal; both 0 where none runs.
	Counted int       `json:"counted,omitempty"`
	Needed  int       `json:"needed,omitempty"`
	Since   time.Time `json:"since,omitzero"`
}

// Verdict is the stored record of one change of a device's status: what the agent held true, and every vote that
// led to it. Explanations, the page, the API and posts read this record and nothing else.
type Verdict struct {
	// Seq is the number of the event that announced it.
	Seq    int64  `json:"seq"`
	Device Name   `json:"device"`
	From   Status `json:"from"`
	To     Status `json:"to"`
	// Since is the source's time of the first claim against the old state, DecidedAt the instant of the decision.
	Since          time.Time     `json:"since"`
	DecidedAt      time.Time     `json:"decided_at"`
	Standing       Standing      `json:"standing"`
	Reason         string        `json:"reason,omitempty"`
	RedundancyLost bool          `json:"redundancy_lost"`
	Overlays       []OverlayKind `json:"overlays,omitempty"`
	Because        string        `json:"because,omitempty"` // the name of the dead parent, where unreachable
	Witnesses      Witnesses     `json:"witnesses"`
	Tallies        []Tally       `json:"tallies"`
	Votes          []Vote        `json:"votes"`
	// ConfigHash names the configuration in force.
	ConfigHash string `json:"config_hash,omitempty"`
}
