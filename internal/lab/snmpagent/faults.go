package snmpagent

import (
	"net/netip"
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

// Faults is how an agent misbehaves. The zero value behaves. An OID names a subtree; an empty one is none, unless its
// comment says otherwise. What is left to chance is drawn from the generator seeded by Options.Seed.
type Faults struct {
	// Silent answers nothing, as if the device were off or the packets were filtered.
	Silent bool
	// Drop is the share of requests that get no answer, 0..1.
	Drop float64
	// Delay is waited before each answer; requests queue up behind it, as in a busy agent. Jitter is the most that is
	// added to it by chance.
	Delay, Jitter time.Duration
	// Late sends each answer so much later without holding up the next request: to a client whose timeout is shorter,
	// the answer to what it no longer waits for.
	Late time.Duration
	// SlowBy is added to the delay for each variable binding below Slow.
	Slow   OID
	SlowBy time.Duration

	// Status answers requests that touch Under with this error; Index is its error index. An empty Under is every
	// request. For GETNEXT and GETBULK an object is touched where it would be answered, so a walk fails in its middle.
	Status gosnmp.SNMPError
	Index  int
	// RightIndex makes the error index the position of what was touched.
	RightIndex bool
	Under      OID

	// Datagram is the largest datagram sent, in place of Options.MaxSize: a GETBULK is cut to it, all else too big.
	Datagram int
	// MaxSize answers tooBig to a GETBULK whose full answer has more octets, where a good agent would cut it.
	MaxSize int
	// MaxVarbinds cuts every GETBULK answer to so many variable bindings; 0 is no limit.
	MaxVarbinds int
	// Fewer leaves so many variable bindings out of the end of every answer, all of them if it has no more.
	Fewer int
	Bulk  BulkMode

	// Repeat makes GETNEXT and GETBULK return the first object of this subtree after each of its objects.
	Repeat OID
	// Stuck makes them return each object of this subtree as its own successor.
	Stuck OID
	// Endless makes up one more row after each object of this subtree, for ever.
	Endless OID
	// Hidden answers noSuchObject to a GET of anything below it, and leaves it out of walks.
	Hidden OID
	// Missing answers noSuchObject in place of every value below it, in walks too, where RFC 3416 knows no such thing.
	Missing OID
	// Sparse leaves out the rows below it whose index ends in an odd number: a column with holes.
	Sparse OID
	// Flicker does the same in every second request only: rows that come and go in mid-walk.
	Flicker OID
	// Retyped sends numbers below it as text, and everything else as an INTEGER.
	Retyped OID
	// Emptied sends strings below it without an octet.
	Emptied OID

	// RequestID is added to the request id of each answer.
	RequestID uint32
	// OtherPort answers from another port than the one that was asked, OtherAddr from another address of this machine.
	OtherPort bool
	OtherAddr netip.Addr
	// Twice sends each answer twice, Stale sends the one before it first, and Swap holds every other answer back until
	// the one after it has gone out.
	Twice, Stale, Swap bool
	// Malform breaks the encoding of each answer.
	Malform Malform
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

// Faults is how the agent misbehaves now.
func (a *Agent) Faults() Faults {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.faults
}

// SetSilent switches the agent's answers off or on and leaves its other faults as they are.
func (a *Agent) SetSilent(silent bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults.Silent = silent
}
