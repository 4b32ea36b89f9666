package blogsink

import (
	"context"
	"fmt"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/sanitize"
)

// Evidence is one event of the record that a note names: when it was, what was recorded, and who said what.
type Evidence struct {
	At             Stamp
	Kind           EvidenceKind
	Device, Source sanitize.Alias
	From, To       StateWord
	Votes          []Ballot
	N              Count // devices of an incident
}

// Ballot is what one monitor said.
type Ballot struct {
	Source sanitize.Alias
	State  StateWord
}

// EvidenceKind is what kind of event it is, as far as posts tell them apart.
type EvidenceKind int

// The kinds of evidence.
const (
	EvidenceOther EvidenceKind = iota
	EvidenceVerdict
	EvidenceDiscovered
	EvidenceMerged
	EvidenceMoved
	EvidenceBlind
	EvidenceSuspect
	EvidenceRecovered
	EvidenceCrashed
	EvidenceDispute
	EvidenceSettled
	EvidenceOpened
	EvidenceClosed
	EvidenceFlapping
)

// evidenceKinds are those that posts tell.
var evidenceKinds = map[device.EventType]EvidenceKind{
	device.EventVerdictChanged: EvidenceVerdict, device.EventVerdictPending: EvidenceVerdict, device.EventDeviceDiscovered: EvidenceDiscovered,
	device.EventDeviceMerged: EvidenceMerged, device.EventDeviceMoved: EvidenceMoved, device.EventSourceBlind: EvidenceBlind,
	device.EventSourceSuspect: EvidenceSuspect, device.EventSourceRecovered: EvidenceRecovered, device.EventSourceCrashed: EvidenceCrashed,
	device.EventSourceHung: EvidenceCrashed, device.EventDisputeOpened: EvidenceDispute, device.EventDisputeClosed: EvidenceSettled,
	device.EventIncidentOpened: EvidenceOpened, device.EventIncidentClosed: EvidenceClosed, device.EventFlappingStart: EvidenceFlapping,
}

// Tells what it is; templates ask these.

// Verdict reports a change of what a device is held to be.
func (k EvidenceKind) Verdict() bool { return k == EvidenceVerdict }

// Text is what happened, in words that want a device or a source before them.
func (k EvidenceKind) Text() string {
	switch k {
	case EvidenceDiscovered:
		return "came under watch"
	case EvidenceMerged:
		return "was found to be one with another entry"
	case EvidenceMoved:
		return "took another address"
	case EvidenceBlind:
		return "went blind"
	case EvidenceSuspect:
		return "was no longer believed"
	case EvidenceRecovered:
		return "was heard again"
	case EvidenceCrashed:
		return "lost its plugin"
	case EvidenceDispute:
		return "became disputed"
	case EvidenceSettled:
		return "was disputed no longer"
	case EvidenceOpened:
		return "became an incident"
	case EvidenceClosed:
		return "was over as an incident"
	case EvidenceFlapping:
		return "went up and down too fast"
	}
	return "was noted"
}

// StateWord is a state of a device from a closed list.
type StateWord int

// stateWords are the states that posts name; 0 is none.
var stateWords = []string{"", "up", "down", "unknown", "split", "ok", "warning", "critical", "degraded"}

func stateWord(s string) StateWord {
	for i, w := range stateWords {
		if s == w {
			return StateWord(i)
		}
	}
	return 0
}

func (w StateWord) String() string {
	if w < 0 || int(w) >= len(stateWords) {
		return ""
	}
	return stateWords[w]
}

// mostEvidence is how many events a note may name.
const mostEvidence = 8

// evidence reads the events that a note names. One that the record does not hold is left out: the lint tells of it.
func (s *Sink) evidence(ctx context.Context, c *composer, seqs []int64) ([]Evidence, error) {
	var out []Evidence
	for _, seq := range seqs[:min(len(seqs), mostEvidence)] {
		if seq < 1 {
			continue
		}
		events, err := s.opts.History.Events(ctx, seq-1, 1)
		if err != nil {
			return nil, fmt.Errorf("event %d of a note: %w", seq, err)
		}
		if len(events) == 0 || events[0].Seq != seq {
			continue
		}
		e, err := c.witnessed(ctx, s.rec, &events[0])
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func (c *composer) witnessed(ctx context.Context, r *record, e *device.Event) (Evidence, error) {
	id := fmt.Sprintf("evidence.%d", e.Seq)
	v := Evidence{At: c.figures.stamp(id+".instant", r.stamp(e.At), e.Seq), Kind: evidenceKinds[e.Type]}
	var err error
	about := e.Device
	if about == nil {
		about = e.Because
	}
	if about != nil && about.ID != "" {
		if v.Device, err = c.device(ctx, *about); err != nil {
			return v, err
		}
	} else if e.Source != "" {
		if v.Source, err = c.source(ctx, e.Source); err != nil {
			return v, err
		}
	}
	if v.Kind == EvidenceVerdict {
		v.From, v.To = stateWord(e.From), stateWord(e.To)
		for _, vote := range e.Votes {
			if vote.Facet != device.FacetReach || stateWord(string(vote.State)) == 0 {
				continue
			}
			a, err := c.source(ctx, vote.Source)
			if err != nil {
				return v, err
			}
			v.Votes = append(v.Votes, Ballot{a, stateWord(string(vote.State))})
		}
	}
	if v.Kind == EvidenceOpened && len(e.Devices) > 1 {
		v.N = c.figures.count(id+".devices", len(e.Devices), "devices", periodMilestone,
			fmt.Sprintf("SELECT json_array_length(CAST(body AS TEXT), '$.devices') FROM event WHERE seq = %d", e.Seq))
	}
	return v, nil
}
