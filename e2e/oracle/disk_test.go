package oracle

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestSickDisk lets the disk be full, or fail each fsync, for a while: the agent goes on when it is well again, is killed in
// the middle of it, or loses its power.
func TestSickDisk(t *testing.T) {
	t.Parallel()
	library := layer(t)
	noRoom, notSynced := 0, 0
	y := run(t, "full disk, failing fsync; then recovery, kill or power loss", *illRounds,
		func(seed uint64) *rig { return newRig(t, seed, built.agent, everyDay()) },
		func(r *rig, rounds int) {
			p := newPower(r, library)
			p.ills(rounds)
			noRoom, notSynced = noRoom+p.failed(diskFull), notSynced+p.failed(noSync)
		})
	y.more = fmt.Sprintf("%d writes found no room, %d fsyncs failed.", noRoom, notSynced)
	if y.acked < 2*y.rounds || noRoom < y.rounds/2 || notSynced < y.rounds/2 {
		t.Errorf("void: %d polls called durable in %d rounds, %d writes found no room, %d fsyncs failed", y.acked, y.rounds, noRoom, notSynced)
	}
}

func (p *power) ills(rounds int) {
	r := p.rig
	r.t.Helper()
	for i := range rounds {
		fault, name := diskFull, "a full disk"
		if i%2 == 1 {
			fault, name = noSync, "fsyncs that fail"
		}
		before := p.remember()
		a := p.start(0)
		r.underLoad(a, time.Duration(r.rand.IntN(400))*time.Millisecond)
		a.alive()
		failed := p.failed(fault)
		p.set(fault, true)
		r.until(name, func() bool { return p.failed(fault) > failed || a.over() })
		select {
		case <-time.After(time.Duration(r.rand.IntN(700)) * time.Millisecond):
		case <-a.ended:
		}
		end := []string{"its end", "a kill", "a power loss"}[r.rand.IntN(3)]
		what := fmt.Sprintf("%s in round %d, and %s", name, i, end)
		if end == "its end" {
			p.set(fault, false)
			p.goesOn(a, what)
		}
		a.kill()
		p.set(fault, false)
		if end == "a power loss" {
			p.lose(before)
		}
		r.examine(what)
		if end == "a power loss" {
			r.tear()
		}
		if i%6 == 5 || i == rounds-1 {
			r.recover(what)
		}
	}
}

// goesOn waits until the agent takes observations again. One that could not trust its disk any more may have ended, with a
// sentence and not with 0: then it is for its service manager to start it.
func (p *power) goesOn(a *agent, what string) {
	r := p.rig
	r.t.Helper()
	_, before, _ := r.ledger.counts()
	r.until("new observations after "+what, func() bool {
		_, acks, _ := r.ledger.counts()
		return acks >= before+fresh || a.over()
	})
	if a.over() && (a.cmd.ProcessState.ExitCode() <= 0 || strings.Contains(a.output(), "panic")) {
		r.t.Fatalf("seed %d: after %s the agent ended with %v\n%s", r.seed, what, a.cmd.ProcessState, a.output())
	}
}
