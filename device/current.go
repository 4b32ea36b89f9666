package device

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Binding says that a source's ref is this device. A weak one rests on a bare host name and may not vote.
type Binding struct {
	Source string `json:"source"`
	Ref    string `json:"ref"`
	Weak   bool   `json:"weak"`
	// Follows says that its source was told of the device: the ref is no evidence of who that is.
	Follows bool `json:"follows,omitempty"`
}

// Parent is a device that another one hangs on.
type Parent struct {
	ID   ID     `json:"id,omitempty"` // empty for one that is configured
	Name string `json:"name"`
	// Discovered says that links show it; Link is by which port of which device, and how, and Since is since when.
	Discovered bool      `json:"discovered,omitempty"`
	Link       string    `json:"link,omitempty"`
	Since      time.Time `json:"since,omitzero"`
}

// Current is a device as the agent holds it at one instant: the state of the last verdict with the votes of now.
type Current struct {
	ID             ID            `json:"id"`
	Name           string        `json:"name"`
	Status         Status        `json:"status"`
	Standing       Standing      `json:"standing"`
	Reason         string        `json:"reason"`
	RedundancyLost bool          `json:"redundancy_lost"`
	Overlays       []OverlayKind `json:"overlays"`
	Because        string        `json:"because,omitempty"`
	Since          time.Time     `json:"since,omitzero"`
	Bindings       []Binding     `json:"bindings"`
	Addresses      []string      `json:"addresses"`
	Hostnames      []string      `json:"hostnames"`
	MACs           []string      `json:"macs"`
	Witnesses      Witnesses     `json:"witnesses"`
	Votes          []Vote        `json:"votes"`

	Tallies []Tally `json:"tallies,omitempty"`
	// WaitsFor are the sources whose next poll a restart waits for: until then no verdict changes.
	WaitsFor []string `json:"waits_for,omitempty"`

	// Parents are those that are configured, else the one that links show.
	Parents []Parent `json:"parents,omitempty"`

	Mutes    []Mute `json:"mutes,omitempty"` // those behind the overlays maintenance and acknowledged
	Vendor   string `json:"vendor,omitempty"`
	Model    string `json:"model,omitempty"`
	OS       string `json:"os,omitempty"`
	Version  string `json:"version,omitempty"`
	Serial   string `json:"serial,omitempty"`
	Location string `json:"location,omitempty"`
	Type     string `json:"type,omitempty"`
}

// MarshalJSON writes empty lists as [], never as null.
func (c Current) MarshalJSON() ([]byte, error) {
	type plain Current
	c.Overlays, c.Bindings, c.Votes = orEmpty(c.Overlays), orEmpty(c.Bindings), orEmpty(c.Votes)
	c.Addresses, c.Hostnames, c.MACs = orEmpty(c.Addresses), orEmpty(c.Hostnames), orEmpty(c.MACs)
	return json.Marshal(plain(c))
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Health is how far a source is believed.
type Health string

// The healths of a source.
const (
	HealthUp      Health = "up"
	HealthBlind   Health = "blind"
	HealthSuspect Health = "suspect"
)

// SourceStatus is a source as the agent holds it at one instant.
type SourceStatus struct {
	Name        string    `json:"name"`
	Health      Health    `json:"health"`
	LastSuccess time.Time `json:"last_success,omitzero"`
	Devices     int       `json:"devices"`

	Type      string    `json:"type,omitempty"`
	Domain    string    `json:"fault_domain,omitempty"`
	Interval  Duration  `json:"interval,omitzero"`
	LastPoll  time.Time `json:"last_poll,omitzero"`
	Failures  int       `json:"failures"` // polls failed in a row
	LastError string    `json:"last_error,omitempty"`
	// Contradicted is the number of its downs that other witnesses contradict now.
	Contradicted int `json:"contradicted"`
	// FalseAlarms counts downs of this source that never became a verdict and proved wrong.
	FalseAlarms int `json:"false_alarms"`
	Restarts    int `json:"restarts"` // of its plugin process, since the agent's start
	// Push is nil where the source takes no pushes.
	Push *PushStatus `json:"push,omitempty"`
	// Watch is nil where the source does not tell of changes by itself.
	Watch *WatchStatus `json:"watch,omitempty"`
	// Plugin is how its process does; nil where no agent runs it, as in a replay.
	Plugin *PluginStatus `json:"plugin,omitempty"`
}

// PushStatus is what came of the pushes of a source's monitor since the agent's start.
type PushStatus struct {
	LastAccepted time.Time `json:"last_accepted,omitzero"`
	// Accepted pushes had the right token and kept the limits; Refused ones had the right token alone. Requests without
	// it are counted for no source.
	Accepted int `json:"accepted"`
	Refused  int `json:"refused"`
	// Dropped pushes were accepted while too many waited to be read. They are not lost: each asked for a poll of its own
	// accord. Unread ones the plugin could not read, because it was not well or did not understand.
	Dropped int `json:"dropped"`
	Unread  int `json:"unread"`
	// Hastened counts the polls that came sooner.
	Hastened int `json:"hastened_polls"`
}

// WatchState is how the watch of a source does.
type WatchState string

// The states of a watch.
const (
	WatchWaiting WatchState = "waiting" // for its plugin
	WatchOpen    WatchState = "open"
	WatchFailing WatchState = "failing" // it is tried again, or by the next process of the plugin
	WatchIdle    WatchState = "idle"    // as configured there is nothing to watch
)

// WatchStatus is what came of a source's watch since the agent's start.
type WatchStatus struct {
	State WatchState `json:"state"`
	// Heard counts the observations that were stored, Rejected those that could not be accepted.
	Heard     int64     `json:"heard"`
	Rejected  int64     `json:"rejected"`
	LastHeard time.Time `json:"last_heard,omitzero"`
	// LastError is why the watch failed last; it stays when it works again.
	LastError string `json:"last_error,omitempty"`
}

// Scoreboard counts who called devices down that were not.
type Scoreboard struct {
	// Own is the number of the agent's down verdicts that proved wrong, Sources that of each source.
	Own     int            `json:"quorate"`
	Sources map[string]int `json:"sources"`
}

// Incident is one lasting problem with all that it took along, grouped by its root.
type Incident struct {
	ID       string    `json:"id"`
	Root     Name      `json:"root"`
	Devices  []Name    `json:"devices"` // the root first, then what hangs on it
	OpenedAt time.Time `json:"opened_at"`
	ClosedAt time.Time `json:"closed_at,omitzero"`
	// Kind is "down" for devices, "suspect" for a source that calls many devices down against all others.
	Kind   string `json:"kind"`
	Source string `json:"source,omitempty"`
}

// SortByName orders devices by name, then id, with the numbers in names counted: ap-2 stands before ap-10.
func SortByName(devices []Current) {
	slices.SortFunc(devices, func(a, b Current) int {
		return cmp.Or(CompareNames(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
}

// CompareNames orders names as people do: runs of digits by their value, the rest by its letters.
func CompareNames(a, b string) int {
	for a != "" && b != "" {
		da, db := digits(a), digits(b)
		if da > 0 && db > 0 {
			na, nb := strings.TrimLeft(a[:da], "0"), strings.TrimLeft(b[:db], "0")
			if c := cmp.Or(cmp.Compare(len(na), len(nb)), cmp.Compare(na, nb)); c != 0 {
				return c
			}
			a, b = a[da:], b[db:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
