package agent

import (
	"fmt"
	"time"

	"github.com/quorate/quorate/device"
)

const (
	// A sink is behind when it has failed, or its first event has waited, for so long; or when so many events wait.
	sinkFailed  = time.Minute
	sinkWaited  = 5 * time.Minute
	sinkWaiting = 10_000
	// A sink that was behind is so until fewer than this wait and none for as long.
	sinkCaughtUp = 1_000
	// held is how long snapshots must wait to be let in until that is a limit.
	heldLong = 10 * time.Second
)

// lookAtSinks tells which sinks are behind.
func (a *Agent) lookAtSinks(sinks []device.SinkStatus, now time.Time) {
	known := map[string]bool{}
	for i := range sinks {
		s := &sinks[i]
		known[s.Name] = true
		text := behind(s, now)
		switch {
		case text != "":
			a.limits.met(device.LimitSinkBehind, s.Name, text)
		case s.Waiting < sinkCaughtUp && s.FailingSince.IsZero():
			a.limits.over(device.LimitSinkBehind, s.Name)
		}
	}
	for _, name := range a.limits.subjects(device.LimitSinkBehind) {
		if !known[name] {
			a.limits.over(device.LimitSinkBehind, name)
		}
	}
}

// behind says in which way a sink is behind, "" where it is not.
func behind(s *device.SinkStatus, now time.Time) string {
	switch {
	case s.Waiting == 0:
		return ""
	case s.Blocks:
		return fmt.Sprintf("%d events wait for the sink %s, as many as may: commits wait for it, and with them the sources", s.Waiting, s.Name)
	case !s.FailingSince.IsZero() && now.Sub(s.FailingSince) >= sinkFailed:
		return fmt.Sprintf("the sink %s has failed since %s; %d events wait for it", s.Name, utc(s.FailingSince), s.Waiting)
	case s.Waiting >= sinkWaiting:
		return fmt.Sprintf("%d events wait for the sink %s", s.Waiting, s.Name)
	case !s.OldestWaiting.IsZero() && now.Sub(s.OldestWaiting) >= sinkWaited && s.State != device.SinkOK:
		return fmt.Sprintf("%d events wait for the sink %s, the oldest since %s", s.Waiting, s.Name, utc(s.OldestWaiting))
	}
	return ""
}

// utc is a time as a sentence holds it.
func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// lookAtLog tells whether the write-ahead log is held back.
func (a *Agent) lookAtLog() {
	size, most, err := a.store.LogSize()
	if err != nil {
		return // whoever writes meets the reason
	}
	a.limits.is(size > most, device.LimitWALHeld, "", fmt.Sprintf("the write-ahead log has %d MiB and cannot be shortened while somebody reads an old state", size>>20))
}

// lookAtWaiting tells whether more comes than can be committed. Where the disk is the reason, that is told already.
func (a *Agent) lookAtWaiting(now time.Time) {
	w := a.pipe.Waiting()
	long := !w.HeldSince.IsZero() && now.Sub(w.HeldSince) >= heldLong
	for _, kind := range []device.LimitKind{device.LimitDiskFull, device.LimitReadOnly, device.LimitDiskError, device.LimitDiskSlow} {
		long = long && len(a.limits.subjects(kind)) == 0
	}
	a.limits.is(long, device.LimitOverload, "", fmt.Sprintf("%d snapshots wait for a commit, %d of them to be let in", w.Snapshots, w.Held))
}
