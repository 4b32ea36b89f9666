package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quorate/quorate/device"
)

// Routes change while events flow: who stays is not disturbed, who goes is not called again, who comes goes on where
// the one of its name was.
func TestSetRoutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		stays, goes := &listSink{name: "stays"}, &listSink{name: "goes"}
		p, err := New(testConfig("librenms"), Options{Journal: j})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.SetRoutes([]Route{{Sink: stays}, {Sink: goes}}); err != nil {
			t.Fatal(err)
		}
		r := run(t, j, testConfig("librenms"), routes(Route{Sink: stays}, Route{Sink: goes}))
		r.flip(2)
		synctest.Wait()
		was := goes.got()
		comes, again := &listSink{name: "comes"}, &listSink{name: "goes"}
		if err := r.SetRoutes([]Route{{Sink: stays, Batch: 1}, {Sink: comes}}); err != nil {
			t.Fatal(err)
		}
		r.flip(2)
		synctest.Wait()
		if got := goes.got(); !slices.Equal(got, was) {
			t.Errorf("who went got %v after %v", got, was)
		}
		if err := r.SetRoutes([]Route{{Sink: again}, {Sink: stays}}); err != nil {
			t.Fatal(err)
		}
		r.flip(1)
		synctest.Wait()
		if got := stays.got(); !slices.Equal(got, upTo(r.LastSeq())) {
			t.Errorf("who stayed got %v of %d", got, r.LastSeq())
		}
		if got := append(was, again.got()...); !slices.Equal(got, upTo(r.LastSeq())) {
			t.Errorf("the two of one name got %v of %d", got, r.LastSeq())
		}
		names := []string{}
		for _, s := range r.SinkStatus() {
			names = append(names, s.Name)
		}
		if !slices.Equal(names, []string{"goes", "stays"}) {
			t.Errorf("status of %v", names)
		}
		r.end()
		if err := r.SetRoutes(nil); !errors.Is(err, ErrStopped) {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestSetRoutesRefuses(t *testing.T) {
	p, err := New(testConfig("librenms"), Options{Journal: &MemJournal{}})
	if err != nil {
		t.Fatal(err)
	}
	hub := &listSink{name: "hub"}
	for _, c := range []struct {
		routes []Route
		want   string
	}{
		{[]Route{{}}, "no sink"},
		{[]Route{{Sink: &listSink{}}}, "no name"},
		{[]Route{{Sink: hub}, {Sink: &listSink{name: "hub"}}}, "two sinks are called hub"},
		{[]Route{{Sink: hub, Timeout: -1}}, "negative"},
		{[]Route{{Sink: hub, Cap: -1}}, "negative"},
		{[]Route{{Sink: hub, First: time.Minute, Most: time.Second}}, "shorter than the first"},
		{[]Route{{Sink: hub, Batch: 1 << 20}}, "at most 10000"},
		{[]Route{{Sink: hub, AtCap: 7}}, "unknown policy"},
	} {
		if err := p.SetRoutes(c.routes); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// bookSink sends each event once, whatever happens, as long as its book is kept with the cursor.
type bookSink struct {
	listSink
	recalled []Entry
	news     []Entry
}

func (s *bookSink) Recall(entries []Entry) error {
	s.recalled = entries
	return nil
}

func (s *bookSink) Book() []Entry {
	news := s.news
	s.news = nil
	return news
}

func (s *bookSink) Deliver(_ context.Context, events []device.Event) (int, error) {
	for i := range events {
		s.news = append(s.news, Entry{Key: fmt.Sprint(events[i].Seq % 3), Value: []byte(fmt.Sprint(events[i].Seq))})
		if events[i].Seq%4 == 0 {
			s.news = append(s.news, Entry{Key: "0"}, Entry{Value: []byte("no key")})
			if s.fail != nil {
				return s.fail(events[i:])
			}
		}
	}
	return len(events), nil
}

// A sink's book is stored with its cursor, also after a call that failed, and given back after a restart.
func TestBook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		hub := &bookSink{listSink: listSink{name: "hub", fail: down}}
		r := run(t, j, testConfig("librenms"), sinks(hub))
		r.flip(3)
		time.Sleep(time.Minute)
		synctest.Wait()
		want := []Entry{{Key: "1", Value: []byte("1")}, {Key: "2", Value: []byte("2")}}
		got, err := j.Entries(t.Context(), "hub")
		if err != nil || len(got) != 2 || string(got[0].Value) != "4" && string(got[0].Value) != "1" {
			t.Errorf("the ledger is %v, %v, want about %v", got, err, want)
		}
		r.end()
		again := &bookSink{listSink: listSink{name: "hub"}}
		r = run(t, j, testConfig("librenms"), sinks(again))
		synctest.Wait()
		if !slices.EqualFunc(again.recalled, got, func(a, b Entry) bool { return a.Key == b.Key && string(a.Value) == string(b.Value) }) {
			t.Errorf("recalled %v, stored %v", again.recalled, got)
		}
		r.end()
	})
}

// A sink that starts at the end stays no new one, also where nothing has happened yet when it starts.
func TestStartsAtTheEndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &MemJournal{}
		hub := &listSink{name: "hub", late: true, fail: down}
		r := run(t, j, testConfig("librenms"), sinks(hub))
		synctest.Wait()
		r.flip(1)
		r.end()
		hub.set(nil)
		r = run(t, j, testConfig("librenms"), sinks(hub))
		synctest.Wait()
		if got := hub.got(); !slices.Equal(got, upTo(r.LastSeq())) {
			t.Errorf("got %v of %d", got, r.LastSeq())
		}
		r.end()
	})
}
