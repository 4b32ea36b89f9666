package librenms

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
)

// maxQuestions bounds the calls about maintenance in one poll: there is one a device, and none for all.
const maxQuestions = 32

// questions are what LibreNMS said about maintenance. Only devices that would be called down are asked for, each once a
// step, those first that were never asked for: where a whole site is worked on, all of them get their turn.
type questions struct {
	// silentSince is when the server last said that it cannot be asked.
	silentSince time.Time
	answers     map[string]answer // by device_id
}

type answer struct {
	at    time.Time
	under bool
}

// askMaintenance replaces the claims of devices that would be called down and are under maintenance.
func (s *Source) askMaintenance(ctx context.Context, l *looked) error {
	q, now := &s.questions, s.now()
	if !q.silentSince.IsZero() && now.Sub(q.silentSince) < day {
		return nil
	}
	var down []int
	for i := range l.words {
		if slices.ContainsFunc(l.words[i].claims, func(c device.Claim) bool { return c.State == device.StateDown }) {
			down = append(down, i)
		}
	}
	slices.SortStableFunc(down, func(a, b int) int {
		return q.answers[l.devices[a].id].at.Compare(q.answers[l.devices[b].id].at)
	})
	answers, asked := make(map[string]answer, len(down)), 0
	for _, i := range down {
		id := l.devices[i].id
		known, ok := q.answers[id]
		if fresh := ok && now.Sub(known.at).Abs() < l.step; !fresh && asked < maxQuestions {
			asked++
			under, err := s.api.maintenance(ctx, id)
			switch {
			case err == nil:
				known, ok = answer{now, under}, true
			case answered(err):
				// A server that is too old, or a user who may not ask: LibreNMS' measurement stands.
				slog.Info("maintenance cannot be asked for", "err", err.Error())
				q.silentSince, q.answers = now, nil
				return nil
			default:
				return fmt.Errorf("ask for maintenance: %w", advise(err))
			}
		}
		// An answer that could not be renewed in time is no answer.
		if !ok || now.Sub(known.at).Abs() >= 2*l.step {
			continue
		}
		answers[id] = known
		if known.under {
			l.words[i] = said{abstain: device.AbstainMaintenance}
		}
	}
	q.answers = answers
	return nil
}
