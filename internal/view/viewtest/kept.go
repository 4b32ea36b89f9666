package viewtest

import (
	"context"
	"errors"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/pipeline"
)

var errDamaged = errors.New("it is missing")

// OldestSeq is the event behind those of Pruned.
func (l *Lab) OldestSeq(context.Context) (int64, error) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	if int64(len(l.AllEvents)) <= l.Pruned {
		return 0, nil
	}
	return l.Pruned + 1, nil
}

// kept are at most limit events behind after, up to the first that cannot be read; a *pipeline.Damaged where none can.
func (l *Lab) kept(after int64, limit int) ([]device.Event, error) {
	var out []device.Event
	for seq := after + 1; seq <= int64(len(l.AllEvents)) && len(out) < limit; seq++ {
		if seq <= l.Pruned || l.Damaged[seq] {
			if len(out) == 0 {
				return nil, &pipeline.Damaged{Seq: seq, Err: errDamaged}
			}
			break
		}
		out = append(out, l.AllEvents[seq-1])
	}
	return out, nil
}
