package sdk

import (
	"context"
	"net/netip"
	"time"

	"github.com/quorate/quorate/device"
)

// Source is one monitor. The agent owns schedule, deadlines, jitter and back-off; a source starts no goroutine that
// outlives a call. The agent never calls Configure and Poll of one instance at the same time.
type Source interface {
	// Info describes the plugin. It does no I/O and gives the same answer each time.
	Info() Info
	// Configure takes the decoded configuration as JSON that already fits the schema. It checks what the schema
	// cannot and does no network I/O. An error names the attribute and says what to change.
	Configure(ctx context.Context, config []byte) error
	// Poll emits what the monitor says of every device it knows. Nil means: that was all of it. An error means that
	// the poll failed and that whatever was emitted before it says nothing. An error of emit must be returned; emit may
	// be called by several goroutines at once, and not after Poll has returned. What is emitted and not valid is set
	// aside with its reason and emit returns nil: one bad device does not cost the poll. An error that repeating
	// cannot mend is marked by Permanent.
	Poll(ctx context.Context, emit func(device.Observation) error) error
}

// Acknowledged is a Source that wants to know when its poll number n is durable. PollNumber tells a poll its number.
// Committed may be called while a later poll runs.
type Acknowledged interface {
	Committed(ctx context.Context, poll uint64)
}

// Prober is a Source that can look at one device on demand, to break a tie. Probe may be called while a poll runs.
type Prober interface {
	Probe(ctx context.Context, ref string) (device.Observation, error)
}

// Watcher is a Source that hears of changes by itself (traps, streams). Watch runs beside polls and probes until ctx ends,
// never twice at a time. An observation is the source's whole word on one device, as that of a probe; its ref may be one
// that no poll has told of yet. Emit returns when it is stored, one at a time, and its error must be returned; what is not
// valid is set aside with its reason, and emit returns nil.
//
// An error says nothing of any device: Watch is called again after a pause, unless the error is marked by Permanent. Nil
// means that this configuration leaves nothing to watch. In both of these cases it is called again only by a new process.
type Watcher interface {
	Watch(ctx context.Context, emit func(device.Observation) error) error
}

// Everything stands for every device of the source, among the refs that Receive returns.
const Everything = "*"

// Receiver is a Source that takes webhooks. It returns the refs that should be asked for again now: none where there is
// nothing to hasten (a test button, a repeat), Everything where the push names no device. What the body says of a state
// is never believed. A body that is not understood is an error. Receive does no I/O, and may be called while a poll runs.
type Receiver interface {
	Receive(ctx context.Context, push Push) ([]string, error)
}

// Push is the body of a webhook as it arrived.
type Push struct {
	ContentType string
	Body        []byte
}

// Clocked is a Source that has read its monitor's clock. Serve asks after each poll that ended well; ok is false where
// the clock is unknown. The difference of the two instants shifts the times of the snapshot's observations.
type Clocked interface {
	Clock() (theirs, ours time.Time, ok bool)
}

// Rejecter is a Source that reads things of which it can make no observation. Serve asks after each poll that ended
// well: what that poll rejected, each with the reason, and at most 64 KiB of what it was.
type Rejecter interface {
	Rejected() []device.Rejection
}

// Checker is a Source that can tell what it finds at its monitor, for the person who sets it up. Check may do network
// I/O, and is never called while Configure or Poll runs. An error means the same as one of Poll.
type Checker interface {
	Check(ctx context.Context) ([]Finding, error)
}

// Follower is a Source that looks at the devices that other sources report. Follow tells all of them, and replaces what an
// earlier call told; none is a list too. It is called after Configure, before Poll, and again when the list has changed;
// never while Configure, Poll or Probe runs. It does no I/O. An error fails the poll that was to follow.
type Follower interface {
	Follow(ctx context.Context, devices []Followed) error
}

// Followed is a device that other sources report.
type Followed struct {
	// Device is the agent's id of it, for device.Identity.Follows. It makes a good ref.
	Device string
	// Name is what people call it, at most device.MaxName characters of any kind; it may be empty, and that of another.
	Name string
	// Addresses are those that other sources report now, at most 8, IPv4 before IPv6; none is a loopback, multicast or
	// link-local one.
	Addresses []netip.Addr
}

// Capability names an optional ability.
type Capability string

// The capabilities. CapabilityProbe and those below it stand for the interfaces above.
const (
	CapabilityPoll         Capability = "poll"
	CapabilityAcknowledged Capability = "acknowledged"
	CapabilityProbe        Capability = "probe"
	CapabilityWatch        Capability = "watch"
	CapabilityReceive      Capability = "receive"
	CapabilityCheck        Capability = "check"
	CapabilityFollow       Capability = "follow"
)

// Info is what a plugin says of itself.
type Info struct {
	// Type is the name that follows "source" in HCL: [a-z0-9-]+.
	Type    string
	Version string
	// Capabilities is filled by Serve from the interfaces that the Source implements.
	Capabilities []Capability
	Config       Schema
}
