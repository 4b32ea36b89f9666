package consensus

import (
	"maps"
	"time"
)

// wait begins to wait for each source's next poll after a restart. What was held stays held meanwhile: old claims
// must not be read as silence, nor the first monitor to answer as the only witness.
func (j *judge) wait(restart bool) {
	if restart {
		j.global.Waiting = make(map[string]time.Time, len(j.seated))
		for _, name := range j.seated {
			j.global.Waiting[name] = j.at.Add(intervals(j.rules.RestartWait, j.seat(name).interval))
		}
	}
}

// waited ends the wait for the sources that ended a poll at this instant, are overdue, or are gone.
func (j *judge) waited() {
	if len(j.global.Waiting) == 0 {
		return
	}
	left := maps.Clone(j.global.Waiting)
	maps.DeleteFunc(left, func(name string, until time.Time) bool {
		_, configured := j.cfg.Sources[name]
		return !configured || j.polled[name] || !j.at.Before(until)
	})
	if len(left) == 0 {
		left = nil
	}
	j.global.Waiting = left
	j.hold = left != nil
}
