package librenms

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// A call that this server does not have is asked for again after a day, one that the user may not make after an hour:
// permissions are mended sooner than servers.
const (
	tooOldFor    = day
	forbiddenFor = time.Hour
)

// part is one call that a poll can do without. Its failure costs what it would have brought and nothing else, and is
// said once, as is its end.
type part struct {
	next    time.Time // by our clock; not asked before
	trouble string    // what was said last, "" while all is well
	empty   int       // how often in a row the list was empty that was not before
}

// LibreNMS answers a query that its database refuses with an empty list and no error. A list that was not empty before is
// taken for that, unless it stays empty.
const believeEmpty = 3

var errEmpty = errors.New("the list is empty, which it was not before: LibreNMS' database may be failing (run validate.php)")

// vanished is an error where a list of so many rows has none all at once.
func (p *part) vanished(before, now int) error {
	if before == 0 || now > 0 {
		p.empty = 0
		return nil
	}
	if p.empty++; p.empty < believeEmpty {
		return errEmpty
	}
	p.empty = 0
	return nil
}

func (p *part) due(now time.Time) bool { return !now.Before(p.next) }

// ask makes the call if it is due and reports whether it brought something new. It leaves half of the time that is left to
// the others.
func (p *part) ask(ctx context.Context, name string, now time.Time, every time.Duration, call func(context.Context) error) bool {
	if !p.due(now) || ctx.Err() != nil {
		return false
	}
	p.next = now.Add(every)
	poll := ctx
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
	}
	err := call(ctx)
	switch {
	case err == nil:
		if p.trouble != "" {
			slog.Info("a part of LibreNMS can be read again", "what", name)
		}
		p.trouble = ""
		return true
	case poll.Err() != nil:
		// The poll was called off, which says nothing about the call.
		p.next = now
	case unknownRoute(err):
		p.next = now.Add(tooOldFor)
		p.say("LibreNMS is too old for it, asked for again after a day", name, err)
	case forbidden(err):
		p.next = now.Add(forbiddenFor)
		p.say("the token's user may not read it, asked for again after an hour", name, err)
	default:
		p.say("the call fails", name, err)
	}
	return false
}

func (p *part) say(why, name string, err error) {
	if p.trouble != why {
		slog.Warn("a part of LibreNMS cannot be read, and the rest of the poll stands", "what", name, "why", why, "err", advise(err).Error())
	}
	p.trouble = why
}
