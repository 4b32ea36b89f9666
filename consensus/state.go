package consensus

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// State is all that the rules remember between two instants. It has one writer: whoever calls Judge and then Apply.
// Its exported fields make it up completely, and round-trip through JSON.
type State struct {
	Devices map[device.ID]*Device   `json:"devices"`
	Sources map[string]*SourceState `json:"sources"`
	Global  *Global                 `json:"global"`

	index index
}

// NewState is the state before the first instant.
func NewState() *State {
	return &State{Devices: map[device.ID]*Device{}, Sources: map[string]*SourceState{}, Global: &Global{}}
}

// Device is all that the rules remember of one device. Once it is part of a State nothing but Apply changes it, which
// moves dates in its reports and LastUp.
type Device struct {
	Name string `json:"name"`
	// Reports are what its sources say, ordered by source and ref.
	Reports []Report `json:"reports,omitempty"`

	Reach      FacetState    `json:"reach"`
	Mgmt       FacetState    `json:"mgmt"`
	Components []Component   `json:"components,omitempty"` // of health, ordered by key
	Status     device.Status `json:"status"`

	// Ring holds the last proposals for reach with new evidence, "u" or "d" each, the oldest first.
	Ring     string `json:"ring,omitempty"`
	Flapping bool   `json:"flapping,omitempty"`
	// Because is the dead parent behind which the device is unreachable.
	Because device.ID `json:"because,omitempty"`
	// Mutes are what people and schedules put on the device, ordered by kind and name. A list is never changed.
	Mutes []device.Mute `json:"mutes,omitempty"`

	// LastUp is the date of the newest up while the device was up without doubt.
	LastUp   time.Time `json:"last_up,omitzero"`
	ProbedAt time.Time `json:"probed_at,omitzero"`
	// Dissent are the fault domains that claimed up freshly all through the present verdict of down.
	Dissent []string `json:"dissent,omitempty"`
	// Found is the parent that links show; nil where they show none. It is never changed, only replaced.
	Found *Found `json:"found,omitempty"`
	// Aside are the devices that this one has taken in, as they were.
	Aside []Aside `json:"aside,omitempty"`
}

// FacetState is what is held of one facet or component, and what is under way against it.
type FacetState struct {
	State     device.State `json:"state"`
	Since     time.Time    `json:"since,omitzero"`
	DecidedAt time.Time    `json:"decided_at,omitzero"`
	Reason    string       `json:"reason,omitempty"`

	// Against is the date of the oldest vote against the state at the first instant since the proposal last was
	// the state; First is the date of the first claim against it that came after the last such instant.
	Against time.Time `json:"against,omitzero"`
	First   time.Time `json:"first,omitzero"`
	Run     *Run      `json:"run,omitempty"`
	Dispute *Dispute  `json:"dispute,omitempty"`
	// Pending is the proposal that waits: a state, or "contested" before the dispute is open.
	Pending Proposal `json:"pending,omitempty"`
}

// Component is the state of one part of a device.
type Component struct {
	Key string `json:"key"`
	FacetState
}

// Run is a running confirmation. It is never changed: each count makes a new one.
type Run struct {
	To     device.State `json:"to"`
	Counts []Count      `json:"counts,omitempty"` // ordered by domain
}

// Count is how many measurements of one witness confirm a run, and the date of the last that did.
type Count struct {
	Domain string    `json:"domain"`
	N      int       `json:"n"`
	Last   time.Time `json:"last"`
}

// Dispute is an open dispute.
type Dispute struct {
	OpenedAt time.Time `json:"opened_at"`
}

// Report is the word of one source on one device under one ref.
type Report struct {
	Source string `json:"source"`
	Ref    string `json:"ref"`
	// Follows is the device that the ref stands for where its source was told of that one; such a report keeps no device.
	Follows string `json:"follows,omitempty"`
	// Newest is the date of the newest observation, Seen the instant of the latest snapshot with it, and Base that
	// of the latest believed complete one.
	Newest time.Time `json:"newest"`
	Seen   time.Time `json:"seen"`
	Base   time.Time `json:"base,omitzero"`
	// Missed says that complete polls came without the device, since the source's Covered was MissedAt.
	Missed   bool          `json:"missed,omitempty"`
	MissedAt time.Duration `json:"missed_at,omitempty"`

	// Abstain masks the claims below until the source speaks again.
	Abstain device.Abstention `json:"abstain,omitempty"`
	Weak    bool              `json:"weak,omitempty"`
	Held    bool              `json:"held,omitempty"`
	// Enrolled are the facets that this source ever claimed of the device.
	Enrolled Facets `json:"enrolled,omitempty"`

	Reach  Claim   `json:"reach,omitzero"`
	Mgmt   Claim   `json:"mgmt,omitzero"`
	Health []Claim `json:"health,omitempty"` // ordered by key

	// Spoke is the last up or down said of reach, through abstentions.
	Spoke device.State `json:"spoke,omitempty"`
	// Alarm says that the source calls the device down; Agreed that the verdict was down meanwhile, Blamed that it
	// was counted as a false alarm.
	Alarm  bool `json:"alarm,omitempty"`
	Agreed bool `json:"agreed,omitempty"`
	Blamed bool `json:"blamed,omitempty"`

	Parents []Parent `json:"parents,omitempty"` // ordered by ref
	// Links are the devices behind the ports of this one, ordered by device and port. A list is never changed.
	Links []Link `json:"links,omitempty"`
}

// Parent is a discovered parent: a ref of the same source, and the instant from which it was named.
type Parent struct {
	Ref   string    `json:"ref"`
	Since time.Time `json:"since"`
}

// Claim is a dated claim as it is held. The zero value means that nothing is claimed.
type Claim struct {
	State      device.State  `json:"state"`
	Key        string        `json:"key,omitempty"`
	Component  string        `json:"component,omitempty"` // as the source writes it
	Confidence float64       `json:"confidence"`
	Interval   time.Duration `json:"interval,omitempty"`
	ObservedAt time.Time     `json:"observed_at"`
	// ArrivedAt is the instant at which this measurement or state came first.
	ArrivedAt time.Time `json:"arrived_at"`
	Raw       string    `json:"raw,omitempty"`
}

// Facets is a set of facets.
type Facets uint8

// The members of Facets.
const (
	EnrolledReach Facets = 1 << iota
	EnrolledMgmt
	EnrolledHealth
)

func facetBit(f device.Facet) Facets {
	switch f {
	case device.FacetReach:
		return EnrolledReach
	case device.FacetMgmt:
		return EnrolledMgmt
	}
	return EnrolledHealth
}

// SourceState is all that the rules remember of one source. It is never changed once it is part of a State.
type SourceState struct {
	LastPoll    time.Time `json:"last_poll,omitzero"`
	LastSuccess time.Time `json:"last_success,omitzero"`
	LastError   string    `json:"last_error,omitempty"`
	Failures    int       `json:"failures,omitempty"` // polls failed in a row
	Blind       bool      `json:"blind,omitempty"`
	Skewed      bool      `json:"skewed,omitempty"`
	Devices     int       `json:"devices"` // bound to it
	Refs        int       `json:"refs"`

	// Covered is the time spanned by complete polls without an interruption; Complete says that the latest was one.
	Covered  time.Duration `json:"covered,omitempty"`
	Complete bool          `json:"complete,omitempty"`

	// BaseAt and BaseCount describe the latest believed complete snapshot.
	BaseAt    time.Time `json:"base_at,omitzero"`
	BaseCount int       `json:"base_count,omitempty"`
	// Short counts short snapshots of ShortSize devices in a row; not 0 means that the source is suspect for it.
	Short     int `json:"short,omitempty"`
	ShortSize int `json:"short_size,omitempty"`

	// AllDown are the devices of the latest snapshot without error if it calls all of them down, and enough.
	AllDown []device.ID `json:"all_down,omitempty"`
	// Lost says that the source has lost its own network, LostPolls for how many of its snapshots in a row.
	Lost      bool `json:"lost,omitempty"`
	LostPolls int  `json:"lost_polls,omitempty"`

	Turns []Turn `json:"turns,omitempty"` // of the last window, by instant and device
	Mass  *Mass  `json:"mass,omitempty"`

	FalseAlarms int `json:"false_alarms,omitempty"`
}

// Turn is a device that turned from up to down in a source's words.
type Turn struct {
	Device device.ID `json:"device"`
	At     time.Time `json:"at"`
}

// Mass is a mass change: devices that a source turned down at once. It is never changed, only replaced.
type Mass struct {
	At      time.Time   `json:"at"`
	Devices []device.ID `json:"devices"` // in order
	Suspect bool        `json:"suspect,omitempty"`
	// Calm counts the source's snapshots in a row in which others spoke and did not contradict.
	Calm int `json:"calm,omitempty"`
}

// Global is what the rules remember beside devices and sources.
type Global struct {
	LastInstant time.Time `json:"last_instant,omitzero"`
	// Waiting are the sources whose next poll a restart waits for, with the time at which it no longer does.
	Waiting   map[string]time.Time `json:"waiting,omitempty"`
	Incidents []Incident           `json:"incidents,omitempty"` // open ones, oldest first
	// Own counts verdicts of down that proved wrong.
	Own int `json:"own,omitempty"`
}

// Incident is an open incident with what its grouping needs.
type Incident struct {
	device.Incident
	// RootUpAt is when the root came back while others were still down.
	RootUpAt time.Time `json:"root_up_at,omitzero"`
}

// Apply moves the state on by o, after o was stored. It changes devices of the state in place: whoever reads them must
// not do so at the same time. On a copy of the state that Judge was given, with the same devices, it changes none.
func (s *State) Apply(o Outcome) {
	if o.of == s {
		for _, m := range o.moved {
			m.apply()
		}
		s.index.update(s, &o)
	} else {
		s.index = index{}
		o.Devices = o.whole()
	}
	maps.Copy(s.Devices, o.Devices)
	for _, id := range o.Removed {
		delete(s.Devices, id)
	}
	maps.Copy(s.Sources, o.Sources)
	if o.Global != nil {
		s.Global = o.Global
	}
}

func (r *Report) key() device.SourceRef { return device.SourceRef{Source: r.Source, Ref: r.Ref} }

// findReport returns the place of source and ref in reports, and whether it is there.
func findReport(reports []Report, source, ref string) (int, bool) {
	return slices.BinarySearchFunc(reports, device.SourceRef{Source: source, Ref: ref},
		func(r Report, k device.SourceRef) int { return r.key().Compare(k) })
}

// hasSource reports whether source says anything of the device.
func hasSource(reports []Report, source string) bool {
	i, _ := slices.BinarySearchFunc(reports, source, func(r Report, s string) int { return strings.Compare(r.Source, s) })
	return i < len(reports) && reports[i].Source == source
}

func newDevice(name string) *Device {
	unknown := FacetState{State: device.StateUnknown, Reason: reasonNeverSeen}
	return &Device{Name: name, Reach: unknown, Mgmt: unknown, Status: device.StatusUnknown}
}

// utc drops the monotonic reading and the zone, so that a time equals itself after a round trip through JSON.
func utc(t time.Time) time.Time { return t.Round(0).UTC() }
