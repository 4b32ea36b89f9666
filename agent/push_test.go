package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/sdk"
)

// syncBuffer is a text that several goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// quickPushes let a test see pushes at work. A plugin that a busy machine keeps waiting has not hung.
var quickPushes = pushTimes{gather: 20 * time.Millisecond, apart: 100 * time.Millisecond, read: patience, rest: 10 * time.Minute}

func TestSchedule(t *testing.T) {
	at := func(s float64) time.Time {
		return time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC).Add(time.Duration(s * float64(time.Second)))
	}
	s := schedule{gather: 2 * time.Second, apart: 10 * time.Second, regular: at(0)}
	for _, step := range []struct {
		name     string
		do       func()
		next     float64
		hastened bool
	}{
		{"the first poll is at once", func() {}, 0, false},
		{"then after the interval", func() { s.polled(at(0), at(1), time.Minute, false) }, 61, false},
		{"a push hastens it", func() { s.push(at(20)) }, 22, true},
		{"another one is gathered", func() { s.push(at(21)) }, 22, true},
		{"the interval begins anew", func() { s.polled(at(22), at(23), time.Minute, true) }, 83, false},
		{"too soon after a hastened poll", func() { s.push(at(24)) }, 33, true},
		{"and those that come meanwhile", func() { s.push(at(32)) }, 33, true},
		{"again", func() { s.polled(at(33), at(34), time.Minute, true) }, 94, false},
		{"later there is no need to wait", func() { s.push(at(50)) }, 52, true},
		{"again", func() { s.polled(at(52), at(53), time.Minute, true) }, 113, false},
		{"a regular poll that comes first is the one", func() { s.push(at(112)) }, 113, false},
		{"and no other follows it", func() { s.polled(at(113), at(114), time.Minute, false) }, 174, false},
		{"a regular poll holds up nothing", func() { s.push(at(115)) }, 117, true},
		{"a hastened poll that takes long", func() { s.polled(at(117), at(157), time.Minute, true) }, 217, false},
		{"keeps the next one away as long", func() { s.push(at(158)) }, 197, true},
	} {
		step.do()
		if next, hastened := s.next(); !next.Equal(at(step.next)) || hastened != step.hastened {
			t.Errorf("%s: next at %v, hastened %v", step.name, next.Sub(at(0)), hastened)
		}
	}
}

// readerFunc is a plugin that answers pushes by their words.
type readerFunc func(ctx context.Context, body string) ([]string, error)

func (r readerFunc) Receive(ctx context.Context, push sdk.Push) ([]string, error) {
	return r(ctx, string(push.Body))
}

// TestPushesAreRead is what each answer of a plugin comes to.
func TestPushesAreRead(t *testing.T) {
	for _, tt := range []struct {
		name   string
		refs   []string
		err    error
		wanted bool
		status device.PushStatus
		log    string
	}{
		{"a device", []string{"1"}, nil, true, device.PushStatus{}, ""},
		{"everything", []string{sdk.Everything}, nil, true, device.PushStatus{}, ""},
		{"nothing to hasten", nil, nil, false, device.PushStatus{}, ""},
		{"not understood", nil, errors.New("no alert"), false, device.PushStatus{Unread: 1}, "push not understood"},
		{"no answer", nil, fmt.Errorf("%w: it is not running", host.ErrNoAnswer), true, device.PushStatus{Unread: 1}, "push not read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log syncBuffer
				p := newPushes("a", defaultPushTimes(), slog.New(slog.NewTextHandler(&log, nil)))
				if p.accept("text/plain", []byte("early")) {
					t.Error("a push is taken before anybody polls")
				}
				ctx, stop := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				wg.Go(func() {
					p.read(ctx, readerFunc(func(context.Context, string) ([]string, error) { return tt.refs, tt.err }))
				})
				synctest.Wait()
				if !p.accept("text/plain", []byte("x")) {
					t.Error("a push is not taken")
				}
				synctest.Wait()
				select {
				case <-p.wanted:
					if !tt.wanted {
						t.Error("it asks for a poll")
					}
				default:
					if tt.wanted {
						t.Error("it asks for no poll")
					}
				}
				got := *p.current()
				if got.LastAccepted.IsZero() {
					t.Error("nobody knows when")
				}
				got.LastAccepted = time.Time{}
				tt.status.Accepted = 1
				if got != tt.status {
					t.Errorf("got %+v, want %+v", got, tt.status)
				}
				stop()
				wg.Wait()
				if p.accept("text/plain", []byte("late")) {
					t.Error("a push is taken when nobody polls any more")
				}
				if !strings.Contains(log.String(), tt.log) || tt.log == "" && log.String() != "" {
					t.Errorf("log:\n%s", log.String())
				}
			})
		})
	}
}

// TestPushesOfAPluginThatHangs: it is asked once in the rest, what does not fit is not lost, and nothing is held up.
func TestPushesOfAPluginThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := defaultPushTimes()
		p := newPushes("a", times, slog.New(slog.DiscardHandler))
		asked := 0
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			p.read(ctx, readerFunc(func(ctx context.Context, _ string) ([]string, error) {
				asked++
				<-ctx.Done()
				return nil, fmt.Errorf("%w: %w", host.ErrNoAnswer, context.Cause(ctx))
			}))
		})
		synctest.Wait()
		for range maxPushQueue + 3 {
			p.accept("", nil)
			synctest.Wait()
		}
		select {
		case <-p.wanted: // by those that did not fit
		default:
			t.Error("what does not fit is lost")
		}
		time.Sleep(times.read)
		synctest.Wait()
		select {
		case <-p.wanted:
		default:
			t.Error("a push that got no answer asks for no poll")
		}
		got := p.current()
		if asked != 1 || got.Accepted != maxPushQueue+3 || got.Dropped != 2 || got.Unread != maxPushQueue+1 {
			t.Errorf("asked %d times, %+v", asked, got)
		}
		time.Sleep(times.rest)
		p.accept("", nil)
		synctest.Wait()
		if asked != 2 {
			t.Errorf("after the rest: asked %d times", asked)
		}
		stop()
		wg.Wait()
	})
}

// TestEveryPushIsFollowed plays random pushes and polls: after each push a poll begins, and soon; hastened polls stay
// apart, and none runs beside another.
func TestEveryPushIsFollowed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		interval := time.Duration(rapid.IntRange(5, 120).Draw(rt, "interval")) * time.Second
		gaps := rapid.SliceOfN(rapid.IntRange(0, 30_000), 1, 40).Draw(rt, "gaps")
		lasts := rapid.SliceOfN(rapid.IntRange(0, 20_000), 1, 10).Draw(rt, "polls take")
		reads := rapid.SliceOfN(rapid.IntRange(0, 3_000), 1, 10).Draw(rt, "reading takes")
		ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
		var wrong []string
		synctest.Test(t, func(t *testing.T) {
			times := defaultPushTimes()
			s := &source{
				agent: &Agent{pushTimes: times}, name: "a", leave: make(chan struct{}),
				pushes: newPushes("a", times, slog.New(slog.DiscardHandler)),
			}
			s.terms.Store(&terms{SourceConfig: SourceConfig{Name: "a", Interval: interval}})
			type span struct {
				from, to time.Time
				hastened bool
			}
			var polls []span
			ctx, stop := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() {
				s.follow(ctx, func(context.Context) {
					hastened := s.pushes.current().Hastened
					for _, p := range polls {
						if p.hastened {
							hastened--
						}
					}
					p := span{from: time.Now(), hastened: hastened > 0}
					time.Sleep(ms(lasts[len(polls)%len(lasts)]))
					p.to = time.Now()
					polls = append(polls, p)
				})
			})
			n := 0
			wg.Go(func() {
				s.pushes.read(ctx, readerFunc(func(context.Context, string) ([]string, error) {
					n++
					time.Sleep(ms(reads[n%len(reads)]))
					return []string{"1"}, nil
				}))
			})
			synctest.Wait()
			var pushed []time.Time
			for _, gap := range gaps {
				time.Sleep(ms(gap))
				s.pushes.accept("", nil)
				pushed = append(pushed, time.Now())
			}
			// Every push has been read, and what it asked for is over.
			time.Sleep(time.Duration(maxPushQueue)*ms(3_000) + 2*times.apart + 3*ms(20_000))
			stop()
			wg.Wait()
			for _, at := range pushed {
				// At worst the queue is full, a poll runs and a hastened one has just been.
				latest := at.Add(time.Duration(maxPushQueue+1)*ms(3_000) + 2*ms(20_000) + times.apart + times.gather)
				if !slices.ContainsFunc(polls, func(p span) bool { return !p.from.Before(at) && !p.from.After(latest) }) {
					wrong = append(wrong, fmt.Sprintf("no poll begins after the push at %v", at))
				}
			}
			last := time.Time{}
			for i, p := range polls {
				if i > 0 && p.from.Before(polls[i-1].to) {
					wrong = append(wrong, "two polls at a time")
				}
				if p.hastened && !last.IsZero() && p.from.Sub(last) < times.apart {
					wrong = append(wrong, fmt.Sprintf("two hastened polls within %v", p.from.Sub(last)))
				}
				if p.hastened {
					last = p.to
				}
			}
		})
		if len(wrong) > 0 {
			rt.Fatal(strings.Join(wrong, "\n"))
		}
	})
}

// pushStage is a stage whose source a is polled once an hour and takes pushes, and has read to answer one.
func pushStage(t *testing.T, read time.Duration) *stage {
	t.Helper()
	times := quickPushes
	times.read = read
	return newStageWith(t, times, `
consensus {
  confirm = 1
}
source "puppet" "a" {
  interval = "1h"
  config {
    dir = "DIR/a"
  }
  push {
    token      = env("PUSH")
    per_minute = 1000
  }
}
source "stranger" "b" {
  interval = "1h"
  push {
    token = env("OTHER_PUSH")
  }
}
`, nil)
}

func (s *stage) push(source, token, body string) int {
	s.t.Helper()
	resp, err := http.Post("http://"+s.address+"/hooks/"+source+"/"+token+"/api/v2/alerts", "application/json", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode
}

// noted counts the lines that puppet a has written.
func (s *stage) noted(name string) int {
	b, err := os.ReadFile(filepath.Join(s.dir, "a", name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	return bytes.Count(b, []byte("\n"))
}

func (s *stage) accepted(body string) {
	s.t.Helper()
	if code := s.push("a", environment["PUSH"], body); code != http.StatusNoContent {
		s.t.Fatalf("the push %q was answered with %d", body, code)
	}
}

func TestPushHastensThePoll(t *testing.T) {
	s := pushStage(t, patience)
	s.until("the first poll", func() bool { return s.noted("committed") == 1 })

	// It says down, and the API says up.
	s.accepted("refs 1 down down down")
	s.until("the hastened poll", func() bool { return s.noted("committed") == 2 })
	if d := s.Devices(); len(d) != 1 || d[0].Status != device.StatusUp {
		t.Errorf("a push was believed: %+v", d)
	}

	// It says nothing of the kind, and the API says down: the next regular poll is an hour away.
	s.mode("a", "down")
	s.accepted("refs *")
	s.event("nas1 is down", func(e device.Event) bool {
		return e.Type == device.EventVerdictChanged && strings.Contains(e.Text, "down")
	})
	if got := s.status("a").Push; got == nil || got.Accepted != 2 || got.Hastened != 2 || got.LastAccepted.IsZero() {
		t.Errorf("status %+v", got)
	}

	// Neither a test button nor what nobody understands is a reason to look.
	s.accepted("refs")
	s.accepted("gibberish")
	s.until("both are read", func() bool { return s.noted("pushes") == 4 })
	s.mode("a", "")
	s.accepted("refs 1")
	s.event("nas1 is up again", func(e device.Event) bool { return e.Type == device.EventIncidentClosed })
	if n := s.noted("polls"); n != 4 {
		t.Errorf("%d polls, want the first and three hastened", n)
	}

	// A source whose plugin cannot be started takes none; one that does not exist looks like a wrong token.
	s.until("b's plugin has failed", func() bool { return s.status("b").LastError != "" })
	for _, c := range []struct {
		source, token string
		want          int
	}{
		{"a", environment["OTHER_PUSH"], http.StatusNotFound}, {"nobody", environment["PUSH"], http.StatusNotFound}, {"b", environment["PUSH"], http.StatusNotFound},
		{"b", environment["OTHER_PUSH"], http.StatusServiceUnavailable},
	} {
		if got := s.push(c.source, c.token, "refs *"); got != c.want {
			t.Errorf("%s: %d, want %d", c.source, got, c.want)
		}
	}
	// No post may show a token, and no line of a plugin.
	values, err := s.generation().private.values(t.Context(), nil)
	if err != nil || !slices.Contains(values["tokens"], environment["PUSH"]) {
		t.Errorf("the registry of private values: %v, %v", values["tokens"], err)
	}
	src := s.generation().sources["a"]
	if spec := src.terms.Load().spec(src.terms.Load().settings); !slices.Contains(spec.Secrets, device.Secret(environment["PUSH"])) || bytes.Contains(spec.Config, []byte("push-token")) {
		t.Error("the token is shown in the plugin's lines, or given to it")
	}
	if err := s.end(); err != nil {
		t.Error(err)
	}
	if log := s.log.String(); strings.Contains(log, "push-token") || !strings.Contains(log, "poll hastened") {
		t.Errorf("log:\n%s", log)
	}
}

// TestPushDuringAPoll: that poll may have read before, so another follows. Never are there two at a time.
func TestPushDuringAPoll(t *testing.T) {
	s := pushStage(t, patience)
	s.until("the first poll", func() bool { return s.noted("committed") == 1 })
	s.mode("a", "wait")
	s.accepted("refs 1")
	s.until("a poll that waits", func() bool { return s.noted("polls") == 2 })
	for range 5 {
		s.accepted("refs 1")
	}
	// They are read one after the other: with this one all before it have had their answer.
	s.accepted("gibberish")
	s.until("all pushes are read", func() bool { return s.status("a").Push.Unread == 1 })
	if n := s.noted("pushes"); n != 7 {
		t.Errorf("%d of 7 pushes were read", n)
	}
	if n := s.noted("polls"); n != 2 {
		t.Errorf("%d polls have begun while one runs", n)
	}
	s.mode("a", "")
	s.until("the poll after it", func() bool { return s.noted("committed") == 3 })
	s.accepted("refs")
	s.until("all pushes are read", func() bool { return s.noted("pushes") == 8 })
	if n := s.noted("polls"); n != 3 {
		t.Errorf("%d polls, want one for the five pushes", n)
	}
}

// TestPushThatHangs: the polls go on, and so do the pushes.
func TestPushThatHangs(t *testing.T) {
	s := pushStage(t, time.Second)
	s.until("the first poll", func() bool { return s.noted("committed") == 1 })
	s.accepted("hang")
	s.until("the hastened poll", func() bool { return s.noted("committed") == 2 })
	s.accepted("refs 1")
	s.until("the one after it", func() bool { return s.noted("committed") == 3 })
	if n := s.noted("pushes"); n != 1 {
		t.Errorf("a plugin that hung was asked %d times", n)
	}
}

// TestPushThatKills: the plugin starts again, looks, and is not killed again.
func TestPushThatKills(t *testing.T) {
	s := pushStage(t, patience)
	s.until("the first poll", func() bool { return s.noted("committed") == 1 })
	for range 20 {
		s.accepted("panic")
	}
	s.event("a crashed", ofType(device.EventSourceCrashed, "a"))
	s.until("the poll after it", func() bool { return s.noted("committed") >= 2 })
	s.accepted("panic")
	s.until("and the next", func() bool { return s.noted("committed") >= 3 })
	if n, restarts := s.noted("pushes"), s.status("a").Restarts; n != 1 || restarts != 1 {
		t.Errorf("a plugin that died was asked %d times and started again %d times", n, restarts)
	}
}

// TestPushFlood: however many pushes there are, the polls stay apart.
func TestPushFlood(t *testing.T) {
	s := pushStage(t, patience)
	s.until("the first poll", func() bool { return s.noted("committed") == 1 })
	began := time.Now()
	for range 500 {
		s.accepted("refs 1")
	}
	s.until("all pushes are read or dropped", func() bool {
		p := s.status("a").Push
		return p.Accepted == 500 && s.noted("pushes")+p.Dropped == 500
	})
	n := s.noted("polls") - 1
	took := time.Since(began)
	if most := int(took/quickPushes.apart) + 1; n > most {
		t.Errorf("%d polls in %v, at most %d are allowed", n, took, most)
	}
	s.until("the last push has its poll", func() bool { return s.noted("committed") >= 2 })
}

// TestStopWithPushes: neither a push that is being read nor those that wait hold up the stop, and nothing is left.
func TestStopWithPushes(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s := pushStage(t, patience)
	s.until("the first poll", func() bool { return s.noted("committed") == 1 })
	s.mode("a", "wait")
	for range maxPushQueue {
		s.accepted("hang")
	}
	s.until("one is being read", func() bool { return s.noted("pushes") == 1 })
	if err := s.end(); err != nil {
		t.Error(err)
	}
	http.DefaultClient.CloseIdleConnections()
	nothingLeft(t, before)
}
