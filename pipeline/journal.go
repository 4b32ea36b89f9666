package pipeline

import (
	"context"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
)

// Journal is the durable record. Commit is called by one goroutine at a time; all other methods may be called
// concurrently with it. Package journaltest proves an implementation.
type Journal interface {
	// Load returns the state of the last commit.
	Load(ctx context.Context) (Loaded, error)
	// Commit makes r durable in one transaction: all of it or nothing. It assigns nothing, sequence numbers and ids
	// are in r, and it keeps no reference to r. After an error the same record is committed again, so a Commit that
	// failed after it took effect must take the repetition as done (the same Batch) and not store it twice.
	Commit(ctx context.Context, r *Record) error
	// Events returns at most limit events with a sequence number above after, in order; a Damaged where the first of them
	// cannot be read.
	Events(ctx context.Context, after int64, limit int) ([]device.Event, error)
	// Cursor returns the sequence number up to which a sink has consumed, 0 for a new sink.
	Cursor(ctx context.Context, sink string) (int64, error)
	// Entries returns the ledger of a sink: all that Advance stored and did not remove, in the order of the keys.
	Entries(ctx context.Context, sink string) ([]Entry, error)
	// Advance moves a sink's cursor, which never moves back, and stores entries over those of the same keys, in one
	// transaction: all of it or nothing. A lower seq leaves the cursor where it is and stores the entries all the same.
	Advance(ctx context.Context, sink string, seq int64, entries []Entry) error
	// SetAside is Advance and Reject in one transaction: the sink could not take event seq. Where the cursor is there
	// already it lists nothing: after an error that came too late it is called again.
	SetAside(ctx context.Context, at time.Time, sink string, seq int64, entries []Entry, what device.Rejection) error
	// Reject records what could not be processed.
	Reject(ctx context.Context, at time.Time, rs []device.Rejection) error
}

// Damaged means that an event cannot be read and never will be: what is stored is not what was written.
type Damaged struct {
	Seq int64
	Err error
}

func (e *Damaged) Error() string { return e.Err.Error() }

// Unwrap returns what the journal says of it.
func (e *Damaged) Unwrap() error { return e.Err }

// Loaded is the state of the last commit. Identity and Consensus belong to the caller and are never nil.
type Loaded struct {
	// Fresh says that nothing was ever committed.
	Fresh bool
	// Salt is random per record and never changes; "" in a replay.
	Salt      string
	Identity  *identity.State
	Consensus *consensus.State
	// Prints holds, per ref, the Print of its newest observation row that was not late.
	Prints map[device.SourceRef]uint64
	// Alerts holds, per ref, what that row reports; a ref that reports nothing is not in it.
	Alerts map[device.SourceRef][]device.Alert
	// Settings are the newest ones that a record brought; nil where none did.
	Settings []byte
	// LastSeq, LastBatch and LastInstant are those of the last commit; zero in a fresh record.
	LastSeq     int64
	LastBatch   uint64
	LastInstant time.Time
}

// Record is what one commit holds. Maps are to be stored over what was there: a value is the whole new row of its key.
type Record struct {
	// Batch rises by one with each record; it tells a repeated commit from a new one.
	Batch uint64
	// Instants are all that were judged, in order, clock instants among them.
	Instants []time.Time
	// Inputs are those of the instants that had any beside polls.
	Inputs []Input
	Polls  []Poll
	// Observations are the ones that said something new.
	Observations []ObservationRow

	IdentityDevices map[device.ID]*identity.Device
	IdentityRemoved []device.ID
	Bindings        map[device.SourceRef]*identity.Binding

	Devices map[device.ID]*consensus.Device
	Removed []device.ID
	// Dates are those of the reports of devices that are not in Devices, by source: see consensus.Outcome.
	Dates   map[string][]byte
	Sources map[string]*consensus.SourceState
	Global  *consensus.Global // nil where it did not change

	Readings []ReadingRow
	Verdicts []device.Verdict
	// Events carry their Seq, gapless from LastSeq+1, and their ID.
	Events   []device.Event
	Rejected []device.Rejection
	// Settled are the numbers of rejections that this record takes up again: they are removed with its commit.
	Settled []int64

	// ConfigHash names the configuration in force. Settings, where not nil, are what it says of identity and consensus,
	// other than before: ParseSettings reads them.
	ConfigHash string
	Settings   []byte
}

// LastSeq is the sequence number of the newest event in r, 0 where there is none.
func (r *Record) LastSeq() int64 {
	if len(r.Events) == 0 {
		return 0
	}
	return r.Events[len(r.Events)-1].Seq
}

// Input is what an instant took beside polls.
type Input struct {
	At time.Time
	// Restart says that time was lost before the instant.
	Restart bool
	Orders  *Orders // nil for none
}

// Poll is one poll as the journal keeps it: enough to replay it together with the observations that changed.
type Poll struct {
	Source string
	// Number is the poll's number in the running agent, 0 where unknown.
	Number         uint64
	Started, Ended time.Time
	// At is the instant that judged it.
	At          time.Time
	SourceClock time.Time
	Err         string
	Partial     bool
	// Count is the number of observations accepted, Rejected of those that were not.
	Count, Rejected int
	// Probe says that it is what a tie-breaker saw or a watch heard, and no poll of the source.
	Probe bool
	// Marks are its observations in their order.
	Marks []Mark
}

// Mark is one observation of a poll: in full as the row of its own, or as what its ref had said before, at a new time.
type Mark struct {
	Ref  string
	Says Saying
	// ObservedAt is the source's own time, zero where it gave none; that of a row is in the row.
	ObservedAt time.Time
	// Claims are the claims' own measurement times, zero for a claim that has none, in the order of SortedClaims; nil
	// where no claim has one.
	Claims []time.Time
}

// Saying says where the words of an observation are.
type Saying uint8

// The words are those of the ref's newest row that is not late; of the ref's next row of this instant; or of the ref's
// newest late row.
const (
	AsBefore Saying = iota
	InRow
	AsLate
)

// Novelty says why an observation is recorded. Repeat, the zero value, only moves the freshness mark.
type Novelty string

// The novelties.
const (
	Repeat          Novelty = ""
	FirstSeen       Novelty = "first_seen"
	ClaimChanged    Novelty = "claim_changed"    // claims, abstention or alerts
	IdentityChanged Novelty = "identity_changed" // names, addresses or other words on who it is
	Late            Novelty = "late"             // history: measured before what is already known

	lateAgain Novelty = "late_again" // the same piece of history once more: no row of its own
)

// ObservationRow is one observation that said something new.
type ObservationRow struct {
	Source, Ref string
	Device      device.ID
	// ObservedAt is the source's time, RecordedAt the instant that judged it.
	ObservedAt, RecordedAt time.Time
	Novelty                Novelty
	Late                   bool
	// Print is a fingerprint of what was said, without times and readings. It is part of the dedupe state.
	Print uint64
	// Body is the JSON form without readings.
	Body []byte
}

// ReadingRow is the latest value of one quantity. Rows of earlier commits with the same source, ref, component and
// quantity are replaced.
type ReadingRow struct {
	Source, Ref string
	Device      device.ID
	Component   string
	Quantity    string
	Value       float64
	Unit        string
	ObservedAt  time.Time
}
