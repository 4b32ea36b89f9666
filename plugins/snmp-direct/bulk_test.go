package snmpdirect

import (
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// TestRepetitionsFitTheDevice counts the requests of the first and of a later poll of a 48-port switch: what an agent
// does with GETBULK is found out once. The bounds are those of this recording, with some room.
func TestRepetitionsFitTheDevice(t *testing.T) {
	for _, tt := range []struct {
		name         string
		version      string
		faults       snmpagent.Faults
		first, later int // requests at most
		getNext      bool
	}{
		{"proper", "v2c", snmpagent.Faults{}, 30, 24, false},
		{"answers of 484 octets", "v2c", snmpagent.Faults{Datagram: 484}, 80, 80, false},
		{"tooBig above 700 octets", "v2c", snmpagent.Faults{MaxSize: 700}, 70, 65, false},
		{"64 variable bindings at most", "v2c", snmpagent.Faults{MaxVarbinds: 64}, 30, 24, false},
		{"one variable binding", "v2c", snmpagent.Faults{MaxVarbinds: 1}, 75, 70, true},
		{"GETBULK ignored", "v2c", snmpagent.Faults{Bulk: snmpagent.BulkIgnored}, 75, 70, true},
		{"GETBULK refused", "v2c", snmpagent.Faults{Bulk: snmpagent.BulkGenErr}, 75, 70, true},
		{"v1", "v1", snmpagent.Faults{}, 70, 70, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, bigSwitch(), tt.version+" public")
			b.agent.SetFaults(tt.faults)
			if tt.faults.Bulk == snmpagent.BulkIgnored {
				b.patience(brief)
			}
			roots := interfaceRoots()
			count := func() int {
				t.Helper()
				before := b.agent.Requests()
				s, _, err := b.source.targets[0].connect(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				defer s.close()
				if _, err := s.walk(roots); err != nil {
					t.Fatal(err)
				}
				return b.agent.Requests() - before
			}
			first := count()
			for range 3 {
				count()
			}
			later := count()
			if first > tt.first || later > tt.later {
				t.Errorf("%d requests, later %d; want at most %d and %d", first, later, tt.first, tt.later)
			}
			bulk := &b.source.targets[0].peer.bulk
			if bulk.given.IsZero() == tt.getNext {
				t.Errorf("%+v", bulk)
			}
			if !tt.getNext {
				return
			}
			// A day later the device has learnt better.
			b.agent.SetFaults(snmpagent.Faults{})
			b.clock.add(retryBulk)
			if n := count(); n > 30 || !bulk.given.IsZero() {
				t.Errorf("a day later: %d requests, %+v", n, bulk)
			}
		})
	}
}

// interfaceRoots are the columns that a poll reads of interfaces, whoever reads them when.
func interfaceRoots() []string {
	var roots []string
	for _, column := range []string{"2", "3", "5", "6", "7", "8", "10", "13", "14", "16", "19", "20"} {
		roots = append(roots, ".1.3.6.1.2.1.2.2.1."+column)
	}
	for _, column := range []string{"1", "6", "10", "15", "18"} {
		roots = append(roots, ".1.3.6.1.2.1.31.1.1.1."+column)
	}
	return roots
}

// TestBigAnswersAreLost: a path that swallows answers above a size, as one with a small MTU does, is found out and kept
// in mind.
func TestBigAnswersAreLost(t *testing.T) {
	t.Parallel()
	b := newBench(t, bigSwitch())
	lost := 0
	b.agent.SetFaults(snmpagent.Faults{Mutate: func(r []byte) []byte {
		if len(r) > 900 {
			lost++
			return nil
		}
		return r
	}})
	tgt := b.source.targets[0]
	for range 6 {
		s, _, err := tgt.connect(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.walk(interfaceRoots())
		s.close()
		if err != nil {
			t.Fatal(err)
		}
	}
	if lost > 12 || tgt.peer.bulk.target() > 1100 {
		t.Errorf("%d answers were lost, %+v", lost, tgt.peer.bulk)
	}
}

// TestWaits holds the plan of a request's time: it grows, it is request_timeout times the attempts in all, and a device
// that was slow is waited for.
func TestWaits(t *testing.T) {
	for attempts := 1; attempts <= 1+maxRetries; attempts++ {
		for _, slow := range []time.Duration{0, time.Second, time.Minute} {
			s := &session{way: access{timeout: 2 * time.Second}, peer: &peer{quick: slow}}
			var sum time.Duration
			waits := s.waits(attempts)
			for i, w := range waits {
				sum += w
				if w < 0 || (slow == 0 && attempts <= 4 && i > 0 && w <= waits[i-1]) {
					t.Errorf("%d attempts, slow by %s: %v", attempts, slow, waits)
				}
			}
			if sum != 2*time.Second*time.Duration(attempts) || (slow == time.Second && attempts > 1 && waits[0] < 2*time.Second) {
				t.Errorf("%d attempts, slow by %s: %v, %s in all", attempts, slow, waits, sum)
			}
		}
	}
}

// TestErrorsOfAWalk: what an agent answers beside the rows that were asked for is an error and no short table.
func TestErrorsOfAWalk(t *testing.T) {
	t.Parallel()
	column := snmpagent.OID{1, 3, 6, 1, 2, 1, 2, 2, 1, 8}
	for _, tt := range []struct {
		name   string
		faults snmpagent.Faults
		want   class
	}{
		{"noSuchObject in a column", snmpagent.Faults{Missing: column}, classMalformed},
		{"its own successor", snmpagent.Faults{Stuck: column}, classOrder},
		{"nothing in the answer", snmpagent.Faults{Fewer: 10_000}, classMalformed},
		{"resourceUnavailable", snmpagent.Faults{Status: gosnmp.ResourceUnavailable, Under: column}, classStatus},
		{"another's answers", snmpagent.Faults{RequestID: 9}, classMalformed},
	} {
		b := newBench(t, smallSwitch())
		s, _, err := b.source.targets[0].connect(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		s.way.timeout = brief
		b.agent.SetFaults(tt.faults)
		_, err = s.walk(interfaceRoots())
		s.close()
		if err == nil || asFailure(err).class != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}
