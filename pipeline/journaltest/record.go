package journaltest

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/pipeline"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func ref(source, ref string) device.SourceRef { return device.SourceRef{Source: source, Ref: ref} }

// record is number n of a journal's life, with every kind of row, n from 1 and two events each.
func record(n int) *pipeline.Record {
	at := start.Add(time.Duration(n) * time.Minute)
	seq := int64(2*n - 1)
	id := device.ID(fmt.Sprintf("d_%010d", n))
	name := device.Name{ID: id, Name: fmt.Sprintf("nas%d", n)}
	text := fmt.Sprintf("{\"ref\":\"%d\"}", n)
	vote := device.Vote{Source: "librenms", Ref: "1", Facet: device.FacetReach, State: device.StateUp, Confidence: 1, Freshness: 1, Weight: 1, Age: device.Duration(time.Second), ObservedAt: at}
	return &pipeline.Record{
		Batch: uint64(n), Instants: []time.Time{at},
		Polls: []pipeline.Poll{{
			Source: "librenms", Number: uint64(n), Started: at.Add(-time.Second), Ended: at, At: at, SourceClock: at.Add(-3 * time.Second),
			Count: 2, Rejected: 1, Marks: []pipeline.Mark{
				{Ref: "a", ObservedAt: at.Add(-time.Second)},
				{Ref: "b", ObservedAt: at.Add(-2 * time.Second), Claims: []time.Time{{}, at.Add(-time.Hour)}},
			},
		}, {Source: "prtg", Started: at, Ended: at, At: at, Err: "timeout"}},
		Observations: []pipeline.ObservationRow{{
			Source: "librenms", Ref: "1", Device: id, ObservedAt: at.Add(-time.Second), RecordedAt: at, Novelty: pipeline.ClaimChanged,
			Print: 1<<63 + uint64(n), Body: []byte(text),
		}},
		IdentityDevices: map[device.ID]*identity.Device{id: {ID: id, Name: name.Name, Created: at, NamedBy: ref("librenms", "1")}},
		Bindings: map[device.SourceRef]*identity.Binding{ref("librenms", fmt.Sprint(n)): {
			Source: "librenms", Ref: fmt.Sprint(n), Device: id, By: identity.ByItself, Since: at,
			Identity: device.Identity{Ref: fmt.Sprint(n), Name: name.Name, Addresses: []string{"192.0.2.10"}},
			Moves:    []identity.Move{{From: []string{"192.0.2.1"}, To: []string{"192.0.2.10"}, At: at}},
		}},
		Devices: map[device.ID]*consensus.Device{id: {Name: name.Name, Status: device.StatusUp}},
		Sources: map[string]*consensus.SourceState{"librenms": {LastPoll: at, Devices: n}},
		Global:  &consensus.Global{LastInstant: at},
		Readings: []pipeline.ReadingRow{{
			Source: "librenms", Ref: "1", Device: id, Component: "disk:1", Quantity: "temperature", Value: 40 + float64(n), Unit: "Cel", ObservedAt: at,
		}},
		Verdicts: []device.Verdict{{
			Seq: seq + 1, Device: name, From: device.StatusUnknown, To: device.StatusUp, Since: at, DecidedAt: at,
			Standing: device.StandingSingle, Witnesses: device.Witnesses{Enrolled: 1, Voting: 1}, Votes: []device.Vote{vote}, ConfigHash: "h",
		}},
		Events: []device.Event{
			{Seq: seq, ID: device.NewEventID("", seq, at), Type: device.EventDeviceDiscovered, At: at, Device: &name, Text: "new"},
			{Seq: seq + 1, ID: device.NewEventID("", seq+1, at), Type: device.EventVerdictChanged, At: at, Device: &name, From: "unknown", To: "up", Votes: []device.Vote{vote}},
		},
		Rejected:   []device.Rejection{{Source: "librenms", Ref: "x", Reason: "ref is empty", Body: []byte("{}")}},
		ConfigHash: "h",
	}
}

func mustCommit(t *testing.T, j pipeline.Journal, rs ...*pipeline.Record) {
	t.Helper()
	for _, r := range rs {
		if err := j.Commit(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

func mustLoad(t *testing.T, j pipeline.Journal) pipeline.Loaded {
	t.Helper()
	l, err := j.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if l.Identity == nil || l.Consensus == nil {
		t.Fatal("Load gave no state")
	}
	return l
}

// wantState compares what is loaded with the sum of records, which must not remove anything.
func wantState(t *testing.T, l pipeline.Loaded, rs ...*pipeline.Record) {
	t.Helper()
	ids, votes := identity.NewState(), consensus.NewState()
	var seq int64
	for _, r := range rs {
		maps.Copy(ids.Devices, r.IdentityDevices)
		maps.Copy(ids.Bindings, r.Bindings)
		maps.Copy(votes.Devices, r.Devices)
		maps.Copy(votes.Sources, r.Sources)
		if r.Global != nil {
			votes.Global = r.Global
		}
		seq += int64(len(r.Events))
	}
	last := rs[len(rs)-1]
	same(t, "identity", ids, l.Identity)
	same(t, "consensus", votes, l.Consensus)
	if l.Fresh || l.LastSeq != seq || l.LastBatch != last.Batch || !l.LastInstant.Equal(last.Instants[len(last.Instants)-1]) {
		t.Errorf("loaded fresh %v, seq %d, batch %d, instant %v", l.Fresh, l.LastSeq, l.LastBatch, l.LastInstant)
	}
}

// same compares by JSON: what is not in it is not stored.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(decoded(t, want), decoded(t, got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func decoded(t *testing.T, v any) (out any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func wantEvents(t *testing.T, j pipeline.Journal, after int64, limit int, rs ...*pipeline.Record) {
	t.Helper()
	got, err := j.Events(t.Context(), after, limit)
	if err != nil {
		t.Fatal(err)
	}
	var want []device.Event
	for _, r := range rs {
		for _, e := range r.Events {
			if e.Seq > after && len(want) < limit {
				want = append(want, e)
			}
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("events after %d (-want +got):\n%s", after, diff)
	}
}
