package blogsink

import (
	"slices"
	"strings"

	"github.com/quorate/quorate/internal/sanitize"
)

// Facts is all that the template sees. Its leaves are numbers, times, closed lists, aliases and cleaned texts: a test
// walks the types and fails on anything that could carry a text of a device, a source, an error or the configuration.
type Facts struct {
	Title       sanitize.Words
	Description sanitize.Words
	Series      sanitize.Words
	Phase       sanitize.Words
	Categories  []sanitize.Words
	Tags        []sanitize.Words
	Date        Stamp
	Milestone   Count
	Index       Count // of the post in the series
	Simulated   bool
	BodyTitle   bool // the title stands in the text as well
	Links       LinkStyle
	Zone        Zone

	Security  Security
	Summary   sanitize.Prose
	Lead      Lead // in place of a summary where the owner wrote none
	Built     []sanitize.Prose
	Decisions []Decision
	Snippets  []sanitize.Prose
	Inventory Inventory
	Numbers   Numbers
	Timeline  Timeline
	Views     Views

	Availability Availability
	Agreement    Agreement
	Strip        Strip
	Config       *Listing
	Unchanged    *Post // shows the same configuration

	Challenges []Challenge
	Failed     []Decision // what did not work, and why
	Lessons    []sanitize.Prose
	Effort     []Effort
	Next       []Task

	Previous   []Post
	Coming     []Post // announced by notes, not there yet
	Provenance Provenance
}

// tag adds a tag once.
func (f *Facts) tag(w sanitize.Words) {
	if !w.IsZero() && !slices.Contains(f.Tags, w) {
		f.Tags = append(f.Tags, w)
	}
}

// Security says what was replaced.
type Security struct {
	Devices, Names, Addresses, People, Secrets, Places, Other Count
}

// Any reports whether anything was replaced.
func (s Security) Any() bool {
	return s.Devices+s.Names+s.Addresses+s.People+s.Secrets+s.Places+s.Other > 0
}

// Inventory is what is watched, and by how many.
type Inventory struct {
	Devices, Several, One, None Count
	Roles                       []RoleCount
	Sources                     []Source
	Added, Merged, Split        Count
	Renamed, Moved, Retired     Count
}

// RoleCount is how many devices have a role.
type RoleCount struct {
	Role sanitize.Role
	N    Count
}

// Source is one monitor.
type Source struct {
	Name        sanitize.Alias
	Devices     Count
	FalseAlarms Count
}

// Numbers are the figures of the period.
type Numbers struct {
	Events            Count
	Outages, Lasting  Count // lasting: still open
	Alone             Count // outages of a single device
	Unknown           Count
	Longest, Total    Span
	Detected          Span // from the first sign to the verdict, the median
	Blind, Suspect    Count
	Disputes, Crashes Count
	Flapping          Count
	OwnFalse, Avoided Count // false alarms since the record began
	Whole             bool  // the period began with the record
}

// Happening is one line of the timeline: something that began at an instant, and how long it lasted.
type Happening struct {
	At     Stamp
	Kind   Kind
	NewDay bool // set on the first line of a day, where the period has several
	Turn   int  // 0, 1, 2, 0, ... for each kind, so that the same is told in other words
	// Device or Source is whom it is about.
	Device, Source sanitize.Alias
	N              Count // devices behind it, downs that were not believed, or devices that nobody could speak for
	Lasted         Span  // the longest of several
	Ongoing        bool
	Decided, Up    bool // of a dispute: whether it was settled, and that it was up
	Cut            bool // of a monitor that called devices down: it had lost its own network
	// Times is how often it happened that day, Total how long in all, and Worst when the longest began.
	Times Count
	Total Span
	Worst Stamp

	first, worst int64   // the events that At and Worst are of
	seqs         []int64 // all that began one
}

// Again reports what happened more than once.
func (h Happening) Again() bool { return h.Times > 1 }

// Kind is what happened.
type Kind int

// The kinds of happenings, the telling ones first.
const (
	KindOutage Kind = iota
	KindSuspect
	KindBlind
	KindShrunk
	KindCutOff
	KindDispute
)

// Outage reports a device that was down.
func (k Kind) Outage() bool { return k == KindOutage }

// Suspect reports a source that called devices down against all others.
func (k Kind) Suspect() bool { return k == KindSuspect }

// Blind reports a source whose polls failed.
func (k Kind) Blind() bool { return k == KindBlind }

// Shrunk reports a source that lost sight of most of its devices.
func (k Kind) Shrunk() bool { return k == KindShrunk }

// CutOff reports a source that answered and had lost its own network.
func (k Kind) CutOff() bool { return k == KindCutOff }

// Dispute reports a device that fresh witnesses disagreed about.
func (k Kind) Dispute() bool { return k == KindDispute }

// Timeline is what happened, in order.
type Timeline struct {
	Happenings []Happening
	Left       Count // out of the list, for its length
	OneDay     bool
}

// Lead is what a post begins with: the most telling happening of each kind, where there was any.
type Lead struct {
	Outage, Doubt, Blind *Happening
}

// Quiet reports a time in which nothing happened.
func (l Lead) Quiet() bool { return l.Outage == nil && l.Doubt == nil && l.Blind == nil }

// Views is where the monitors disagreed.
type Views struct {
	Doubts, Disputes         []Happening
	DoubtsLeft, DisputesLeft Count // older ones that are not told
	Board                    []Source
	Own                      Count
}

// Any reports whether they ever did.
func (v Views) Any() bool {
	return len(v.Doubts) > 0 || len(v.Disputes) > 0 || v.Own > 0 || v.Alarms()
}

// Alarms reports whether any monitor raised an alarm that proved wrong.
func (v Views) Alarms() bool {
	return slices.ContainsFunc(v.Board, func(s Source) bool { return s.FalseAlarms > 0 })
}

// Challenge is a problem with what was tried and what helped.
type Challenge struct {
	Number Count
	Title  sanitize.Words
	Text   sanitize.Prose
	Tried  []sanitize.Prose
	Fixed  sanitize.Prose
	Cost   sanitize.Words
	// Evidence is what the record says of it.
	Evidence []Evidence
}

// Told reports whether there is more to a challenge than its title.
func (c Challenge) Told() bool { return !c.Text.IsZero() || len(c.Tried) > 0 }

// Solution is what helped, as it stands in the numbered list.
func (c Challenge) Solution() string {
	if c.Fixed.IsZero() {
		return "still open."
	}
	text := c.Fixed.Indented(3)
	if c.Fixed.IsBlock() {
		text = "\n\n   " + text
	}
	switch {
	case c.Cost.IsZero():
		return text
	case strings.Contains(text, "\n"):
		return text + "\n\n   It cost " + c.Cost.String() + "."
	}
	return text + " It cost " + c.Cost.String() + "."
}

// Decision is what was chosen, or what failed, and why.
type Decision struct{ What, Why sanitize.Prose }

// Effort is time spent.
type Effort struct {
	Time Span
	On   sanitize.Prose
}

// Task is something to do.
type Task struct {
	Text sanitize.Prose
	Done bool
}

// Post is another post of the series.
type Post struct {
	Title sanitize.Words
	Ref   PostRef // empty where there is none yet

	number int
}

// Provenance says where the post comes from.
type Provenance struct {
	Version     Version
	First, Last Count
	From, To    Stamp
	Zone        Zone
	OneDay      bool
	Notes       bool // the owner wrote some
	Final       bool // no draft any more
	Edited      bool // a person changed some of the text
	Context     Digest
}
