package snmpdirect

import (
	"bytes"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/lab/snmpagent"
)

// FuzzPoll polls any recording, with one octet of each answer after the first changed: whatever a device sends, the
// observation fits the data contract.
func FuzzPoll(f *testing.F) {
	// Small seeds: the fuzzer spends its time on making large ones smaller.
	for _, seed := range []string{
		// A switch: sysObjectID, a port, a fan, a power supply, memory, a sensor, a neighbour and a learnt address.
		"1.3.6.1.2.1.1.1.0|4|HP J9775A 2530-48G Switch, revision YA.16\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.11.2.3.7.11.139\n1.3.6.1.2.1.1.3.0|67|100\n" +
			"1.3.6.1.2.1.2.2.1.2.1|4|1\n1.3.6.1.2.1.2.2.1.3.1|2|6\n1.3.6.1.2.1.2.2.1.6.1|4x|00005e005301\n1.3.6.1.2.1.2.2.1.8.1|2|1\n1.3.6.1.2.1.31.1.1.1.6.1|70|9\n" +
			"1.3.6.1.4.1.11.2.14.11.5.1.54.2.1.1.4.1|2|5\n1.3.6.1.4.1.11.2.14.11.5.1.55.1.1.1.2.1|2|3\n1.3.6.1.4.1.11.2.14.11.1.2.6.1.2.1|6|1.3.6.1.4.1.11.2.3.7.8.3.3\n" +
			"1.3.6.1.4.1.11.2.14.11.1.2.6.1.4.1|2|4\n1.0.8802.1.1.2.1.4.1.1.4.0.1.1|2|4\n1.0.8802.1.1.2.1.4.1.1.5.0.1.1|4x|00005e0053e1\n1.0.8802.1.1.2.1.4.2.1.3.0.1.1.1.4.192.0.2.20|2|2\n" +
			"1.3.6.1.2.1.17.1.4.1.2.1|2|1\n1.3.6.1.2.1.17.4.3.1.2.0.0.94.0.83.226|2|1\n1.3.6.1.2.1.4.20.1.2.192.0.2.2|2|1\n1.3.6.1.2.1.99.1.1.1.1.1|2|8\n1.3.6.1.2.1.99.1.1.1.5.1|2|1\n",
		// A Synology: a disk, a RAID, a UPS, a volume.
		"1.3.6.1.2.1.1.1.0|4|Linux nas1 4.4\n1.3.6.1.4.1.6574.1.1.0|2|1\n1.3.6.1.4.1.6574.1.5.1.0|4|DS920+\n1.3.6.1.4.1.6574.2.1.1.2.0|4|Disk 1\n1.3.6.1.4.1.6574.2.1.1.5.0|2|2\n" +
			"1.3.6.1.4.1.6574.3.1.1.2.0|4|Volume 1\n1.3.6.1.4.1.6574.3.1.1.3.0|2|11\n1.3.6.1.4.1.6574.4.3.1.1.0|68x|9f780442c80000\n1.3.6.1.2.1.25.2.3.1.2.31|6|1.3.6.1.2.1.25.2.1.4\n" +
			"1.3.6.1.2.1.25.2.3.1.3.31|4|/volume1\n1.3.6.1.2.1.25.2.3.1.4.31|2|4096\n1.3.6.1.2.1.25.2.3.1.5.31|2|-5\n",
		// A WD: text in place of numbers.
		"1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.5127.1.1.1.6\n1.3.6.1.4.1.5127.1.1.1.6.1.7.0|4x|43656e746967726164653a333420\n1.3.6.1.4.1.5127.1.1.1.6.1.8.0|4|fan0: running    \n",
		"1.3.6.1.2.1.1.5.0|4x|ff00fe\n1.3.6.1.2.1.2.2.1.2.1|4|a\n1.3.6.1.2.1.2.2.1.2.1.1|2|5\n",
	} {
		f.Add([]byte(seed), uint16(0), byte(0))
		f.Add([]byte(seed), uint16(60), byte(0x80))
	}
	profiles, err := loadProfiles("")
	if err != nil {
		f.Fatal(err)
	}
	// One handle for all runs: a fuzzer that sees new sockets and request ids takes every run for an interesting one.
	s, err := open(f.Context(), community, &peer{}, nil)
	if err != nil {
		f.Fatal(err)
	}
	defer s.close()
	f.Fuzz(func(t *testing.T, recording []byte, at uint16, flip byte) {
		rec, err := snmpagent.Load(bytes.NewReader(recording))
		if err != nil {
			return
		}
		clock := newClock()
		agent := snmpagent.New(rec, snmpagent.Options{Clock: clock.now})
		replies := 0
		agent.SetFaults(snmpagent.Faults{Mutate: func(r []byte) []byte {
			if replies++; replies > 1 {
				r[int(at)%len(r)] ^= flip
			}
			return r
		}})
		tgt := newTarget("box", "192.0.2.1", profiles, defaultSlow, clock.now)
		s.peer = &tgt.peer
		s.socket = &inMemory{at: s.at, agent: agent}
		if tgt.system, err = readSystem(s, tgt.hints); err != nil {
			return
		}
		r := &round{target: tgt, session: s, slowUntil: time.Now().Add(time.Hour)}
		if err := r.read(); err != nil {
			t.Fatal(err)
		}
		o := tgt.answered(r.readings)
		if err := o.Validate(); err != nil {
			t.Error(err)
		}
		for _, c := range o.Claims {
			if len(c.Raw) == 0 {
				t.Errorf("a claim without words: %+v", c)
			}
		}
	})
}
