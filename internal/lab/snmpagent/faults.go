package snmpagent

import (
	"time"

	"github.com/gosnmp/gosnmp"
)

// BulkMode is how an agent treats GETBULK.
type BulkMode int

// The ways to treat GETBULK.
const (
	BulkProper  BulkMode = iota
	BulkIgnored          // never answered
	BulkAsNext           // answered as if it were GETNEXT
	BulkGenErr           // answered with genErr
)

// Faults is how an agent misbehaves. The zero value behaves.
type Faults struct {
	// Silent answers nothing, as if the device were off or the packets were filtered.
	Silent bool
	// Drop is the share of requests that get no answer, 0..1, drawn from the generator seeded by Options.Seed.
	Drop float64
	// Delay is waited before each answer; requests queue up behind it, as in a busy agent.
	Delay time.Duration

	// Status answers requests that touch Under with this error; Index is its error index. An empty Under is every
	// request. For GETNEXT and GETBULK an object is touched where it would be answered, so a walk fails in its middle.
	Status gosnmp.SNMPError
	Index  int
	Under  OID

	// MaxSize answers tooBig to a GETBULK whose full answer has more octets, where a good agent would cut it.
	MaxSize int
	// MaxVarbinds cuts every GETBULK answer to so many variable bindings; 0 is no limit.
	MaxVarbinds int
	Bulk        BulkMode

	// Repeat makes GETNEXT and GETBULK return the first object of this subtree after each of its objects.
	Repeat OID
	// Endless makes up one more row after each object of this subtree, for ever.
	Endless OID
	// Hidden answers noSuchObject to a GET of anything below it, and leaves it out of walks.
	Hidden OID

	// RequestID is added to the request id of each answer.
	RequestID uint32
	// OtherPort answers from another port than the one that was asked.
	OtherPort bool
	// Twice sends each answer twice.
	Twice bool
	// Mutate changes the datagram that is about to be sent; nil as its result sends none. It runs in the agent's
	// goroutine.
	Mutate func(reply []byte) []byte
}

// Truncate is a Mutate that cuts each datagram after n octets.
func Truncate(n int) func([]byte) []byte {
	return func(b []byte) []byte { return b[:min(n, len(b))] }
}

// SetFaults makes the agent misbehave from the next request on; the zero Faults ends it.
func (a *Agent) SetFaults(f Faults) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = f
}

// SetSilent switches the agent's answers off or on and leaves its other faults as they are.
func (a *Agent) SetSilent(silent bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults.Silent = silent
}
