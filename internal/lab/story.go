package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// Agent is what the story reads of the agent that it is played to. All of it is the agent's recorded truth; the story
// changes nothing in the agent.
type Agent interface {
	// Events returns the recorded events after seq in their order; it need not wait for any.
	Events(ctx context.Context, after int64) ([]device.Event, error)
	// Devices and Scores are as of the last commit.
	Devices() []device.Current
	Scores() device.Scoreboard
	// Draft asks the blog sink for the draft post and returns where it lies and where its private original does.
	Draft(ctx context.Context) (post, original string, err error)
}

// Pace is how long the story dwells on what it shows.
type Pace int

// The paces. Fast goes on as soon as a beat's events are recorded.
const (
	Normal Pace = iota
	Fast
)

// StoryOptions is how a story is told.
type StoryOptions struct {
	Pace Pace
	// Dwell is how long a beat that has come true stays; 0 means 12 s at the normal pace and nothing at the fast one.
	Dwell time.Duration
	// Limit is how long a beat is waited for; 0 means 60 s at the normal pace and 15 s at the fast one.
	Limit time.Duration
}

// Beat is one step of the story: something happens in the world, and the agent is to record what that means.
type Beat struct {
	// Title is printed when the beat begins.
	Title string
	// Do changes the world; nil leaves it as it is. It may wait for the right moment.
	Do func(ctx context.Context, s *Story) error
	// Missing names what is not recorded yet, "" when the beat has come true.
	Missing func(r Record) string
	// Settle is for how long Missing must have nothing to say before the story goes on.
	Settle time.Duration
	// Wrong names something recorded that must not be, "" while there is none. Nil means that nothing can be.
	Wrong func(r Record) string
	// Told is what the beat came to, printed line by line when it has come true.
	Told func(r Record) []string
}

// Record is what the agent holds while a beat is played.
type Record struct {
	// Events are those recorded since the beat began, in order.
	Events  []device.Event
	Devices []device.Current
	Scores  device.Scoreboard
	// Draft and Original are where the post lies once it was asked for; Drafted is true once any beat recorded that.
	Draft, Original string
	Drafted         bool
}

// Story is a sequence of beats over a running lab.
type Story struct {
	Beats []Beat

	lab *Running
	opt StoryOptions
	// draft is filled by the beat that asks for the post.
	draft, original string
	drafted         bool
	agent           Agent
}

// NewStory returns the story of the home lab; see Beats for what happens in it.
func NewStory(r *Running, o StoryOptions) *Story {
	if o.Dwell <= 0 && o.Pace == Normal {
		o.Dwell = 12 * time.Second
	}
	if o.Limit <= 0 {
		o.Limit = time.Minute
		if o.Pace == Fast {
			o.Limit = 15 * time.Second
		}
	}
	return &Story{Beats: beats(r), lab: r, opt: o}
}

// ErrBeats is what an error of Play is where the story went on to its end and beats did not come true.
var ErrBeats = errors.New("not every beat was recorded")

// Play tells the story to the agent and prints it line by line. A beat that does not come true within the limit is
// told so and the story goes on, so that one run names everything that is wrong; the error then is ErrBeats.
func (s *Story) Play(ctx context.Context, a Agent, print func(line string)) error {
	s.agent = a
	var failures []string
	seq := int64(0)
	for i, b := range s.Beats {
		print(fmt.Sprintf("%d/%d  %s", i+1, len(s.Beats), b.Title))
		r, next, failure, err := s.play(ctx, b, seq)
		if err != nil {
			return fmt.Errorf("beat %d (%s): %w", i+1, b.Title, err)
		}
		seq = next
		if failure != "" {
			failures = append(failures, fmt.Sprintf("beat %d (%s): %s", i+1, b.Title, failure))
			print("     NOT RECORDED: " + failure)
			continue
		}
		if b.Told != nil {
			for _, line := range b.Told(r) {
				print("     " + line)
			}
		}
		if err := sleep(ctx, s.opt.Dwell); err != nil {
			return err
		}
	}
	if failures != nil {
		return fmt.Errorf("%w: %s", ErrBeats, strings.Join(failures, "; "))
	}
	return nil
}

// look is how often the story looks at the agent's record.
const look = 50 * time.Millisecond

func (s *Story) play(ctx context.Context, b Beat, seq int64) (r Record, next int64, failure string, err error) {
	if b.Do != nil {
		if err := b.Do(ctx, s); err != nil {
			return r, seq, "", err
		}
	}
	deadline := time.Now().Add(s.opt.Limit)
	var since time.Time // when everything was there
	for {
		events, err := s.agent.Events(ctx, seq)
		if err != nil {
			return r, seq, "", fmt.Errorf("read the events: %w", err)
		}
		if n := len(events); n > 0 {
			seq = events[n-1].Seq
		}
		r.Events = append(r.Events, events...)
		s.drafted = s.drafted || slices.ContainsFunc(events, func(e device.Event) bool { return e.Type == device.EventMilestoneDrafted })
		r.Devices, r.Scores = s.agent.Devices(), s.agent.Scores()
		r.Draft, r.Original, r.Drafted = s.draft, s.original, s.drafted
		if b.Wrong != nil {
			if wrong := b.Wrong(r); wrong != "" {
				return r, seq, wrong, nil
			}
		}
		now, missing := time.Now(), b.Missing(r)
		switch {
		case missing != "":
			since = time.Time{}
		case since.IsZero():
			since = now
		}
		if missing == "" && now.Sub(since) >= b.Settle {
			return r, seq, "", nil
		}
		if now.After(deadline) {
			return r, seq, orElse(missing, "nothing, but not for long enough"), nil
		}
		if err := sleep(ctx, look); err != nil {
			return r, seq, "", err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// first returns the first event that fits.
func (r Record) first(fits func(device.Event) bool) (device.Event, bool) {
	if i := slices.IndexFunc(r.Events, fits); i >= 0 {
		return r.Events[i], true
	}
	return device.Event{}, false
}

// of returns the first event of that type and source.
func (r Record) of(t device.EventType, source string) (device.Event, bool) {
	return r.first(func(e device.Event) bool { return e.Type == t && (source == "" || e.Source == source) })
}

// verdicts returns the names of the devices whose newest verdict among the events is status.
func (r Record) verdicts(status device.Status) []string {
	newest := map[string]string{}
	for _, e := range r.Events {
		if e.Type == device.EventVerdictChanged && e.Device != nil {
			newest[e.Device.Name] = e.To
		}
	}
	var names []string
	for name, to := range newest {
		if to == string(status) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// count returns how many of the agent's devices fit.
func (r Record) count(fits func(device.Current) bool) int {
	n := 0
	for _, d := range r.Devices {
		n += number(fits(d))
	}
	return n
}
