package view

import (
	"context"
	"time"

	"github.com/quorate/quorate/device"
)

// Agreements tells how the sources got on with each other, and how much of the time devices were up.
type Agreements interface {
	// Agreement compares the sources from a time up to now by the rules of posts: over the devices of now, by what each
	// source said of whether they answer.
	Agreement(ctx context.Context, from time.Time) (Agreement, error)
	// Uptimes returns for each device of now, by name, how long it was what from one time to another.
	Uptimes(ctx context.Context, from, to time.Time) ([]Uptime, error)
	// AgreementAt and UptimesAt return what the others did at a time: over the devices of then, by the record up to then.
	// An error of type *Beyond is for whoever asked.
	AgreementAt(ctx context.Context, from, at time.Time) (Agreement, error)
	UptimesAt(ctx context.Context, from, at time.Time) ([]Uptime, error)
}

// Agreement is how the sources got on with each other.
type Agreement struct {
	// From is when the time begins that was compared: as it was asked for, or later where the journal does.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Percent is how much of the time in which two had a word on the same device they said the same; absent where none had.
	Percent *float64         `json:"percent,omitempty"`
	Pairs   []AgreementPair  `json:"pairs"`
	Sources []AgreementScore `json:"sources"`
}

// AgreementPair is two sources over the devices that both know.
type AgreementPair struct {
	A       string   `json:"a"`
	B       string   `json:"b"`
	Devices int      `json:"devices"`
	Percent *float64 `json:"percent,omitempty"`
	// ComparedSeconds is how long both had a word, summed over the devices.
	ComparedSeconds float64 `json:"compared_seconds"`
	// Contradictions lasted for longer than the slower one takes to look again. In RightA of them B came round to A, in
	// RightB A to B; Open are the rest.
	Contradictions int `json:"contradictions"`
	RightA         int `json:"right_a"`
	RightB         int `json:"right_b"`
	Open           int `json:"open"`
}

// AgreementScore is one source over all pairs that it is in.
type AgreementScore struct {
	Source string `json:"source"`
	// Right and Wrong are contradictions that were decided, Missed outages during which it said up all the time, and
	// FalseAlarms its downs that proved wrong since the record began.
	Right       int `json:"right"`
	Wrong       int `json:"wrong"`
	Missed      int `json:"missed_outages"`
	FalseAlarms int `json:"false_alarms"`
}

// Uptime is how long a device was what. Time before its first verdict is not counted.
type Uptime struct {
	Device            device.Name
	Up, Down, Unknown time.Duration // degraded counts as up
}

// Percent is the share of the known time in which it was up, 0..100; false where nothing is known.
func (u Uptime) Percent() (float64, bool) {
	known := u.Up + u.Down
	if known <= 0 {
		return 0, false
	}
	return 100 * float64(u.Up) / float64(known), true
}
