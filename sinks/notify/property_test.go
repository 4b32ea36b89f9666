package notify

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// reader is somebody who believes every message.
type reader struct {
	t    *rapid.T
	told map[string]string // by device, what they were told; nothing for well
	seen map[int64]bool
	// flight is the message that was on its way in a crash: it may come once more.
	flight message
}

var (
	aName   = regexp.MustCompile(`\bd\d\b`)
	oneMore = regexp.MustCompile(`\b(d\d) is up again too\.`)
	titles  = regexp.MustCompile(`^(?:nobody knows how )?(d\d)(?:,? (?:is|was|has stopped flapping and is) (down|flapping|unknown|still down|still unknown|up again|up|no longer watched|down, and now nobody knows))?`)
)

// read follows one message and finds what cannot be: a problem told twice, an end of what was never told.
func (r *reader) read(m message) {
	r.t.Logf("%s #%d %q: %q", m.At.Format(time.TimeOnly), m.ID, m.Title, m.Body)
	if m == r.flight {
		return
	}
	if r.seen[m.ID] {
		r.t.Fatalf("message %d came twice: %q", m.ID, m.Title)
	}
	r.seen[m.ID] = true
	if strings.HasSuffix(m.Title, "unheard") || strings.HasPrefix(m.Title, "more than") {
		return
	}
	parts := titles.FindStringSubmatch(m.Title)
	if parts == nil && !strings.Contains(m.Title, " devices are") {
		r.t.Fatalf("nobody understands %q", m.Title)
	}
	var names []string
	what := ""
	if parts != nil {
		names, what = []string{parts[1]}, parts[2]
		_, more, found := strings.Cut(m.Body, "Behind it: ")
		if !found {
			_, more, found = strings.Cut(m.Body, " more: ")
		}
		if too := oneMore.FindStringSubmatch(m.Body); too != nil && !found {
			more = too[1]
		}
		if strings.HasPrefix(m.Title, "nobody") || strings.HasSuffix(m.Title, "nobody knows") {
			what = "unknown"
		}
		names = append(names, aName.FindAllString(strings.Split(more, ".")[0], -1)...)
	} else {
		list, _, _ := strings.Cut(m.Body, ".")
		names = aName.FindAllString(list, -1)
		what = "up again"
		switch {
		case strings.HasPrefix(m.Title, "nobody"):
			what = "unknown"
		case !strings.Contains(m.Title, "up again"):
			_, what, _ = strings.Cut(m.Title, " devices are ")
		}
	}
	slices.Sort(names)
	for _, n := range slices.Compact(names) {
		switch what {
		case "up", "up again", "no longer watched":
			if r.told[n] == "" {
				r.t.Fatalf("%s is over, and nobody was told of it: %q %q", n, m.Title, m.Body)
			}
			delete(r.told, n)
		case "still down", "still unknown":
			if r.told[n] == "" && n != parts[1] {
				r.told[n] = "down" // behind it
			} else if r.told[n] == "" {
				r.t.Fatalf("%s is still so, and nobody was told: %q", n, m.Title)
			}
		default:
			// An incident that has grown names again what was told; alone nothing is.
			if r.told[n] == what && !strings.Contains(m.Title, "behind it") && (parts == nil || n == parts[1]) {
				r.t.Fatalf("%s is %s for the second time: %q", n, what, m.Title)
			}
			r.told[n] = what
		}
	}
}

// TestProperty: whatever happens, in whatever order, with restarts and crashes between any two steps: what was told is
// told to be over, once, if it is; nothing is told to be over that was not told; nothing comes twice, but for the one
// message that was on its way in a crash.
func TestProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		names := []string{"d0", "d1", "d2", "d3"}
		for i, parent := range []string{"", "d0", "d0", ""} {
			w.device(names[i], parent)
		}
		r := &reader{t: t, told: map[string]string{}, seen: map[int64]bool{}}
		hear := func() {
			for _, m := range w.got {
				r.read(m)
			}
			w.got = nil
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			n := rapid.SampledFrom(names).Draw(t, "device")
			switch rapid.IntRange(0, 12).Draw(t, "step") {
			case 0, 1, 2:
				w.becomes(down, n)
			case 3, 4:
				w.becomes(up, n)
			case 5:
				w.becomes(unknown, n)
			case 6:
				w.overlay(maintenance, rapid.Bool().Draw(t, "on"), n)
			case 7:
				w.overlay(acknowledged, rapid.Bool().Draw(t, "on"), n)
			case 8:
				w.overlay(flapping, rapid.Bool().Draw(t, "on"), n)
			case 9:
				w.dead = rapid.Bool().Draw(t, "dead")
			case 10:
				w.drain()
				w.restart()
			case 11:
				// Killed after a delivery, before its book was stored.
				hear()
				w.deliver(rapid.IntRange(0, len(w.pending)).Draw(t, "delivered"), true)
				if len(w.got) > 1 {
					t.Fatalf("%d messages without a book between them", len(w.got))
				}
				for _, m := range w.got {
					r.read(m)
					r.flight = m
				}
				w.got = nil
			default:
				if len(w.pending) > 1 && rapid.Bool().Draw(t, "part") {
					w.deliver(rapid.IntRange(0, len(w.pending)).Draw(t, "delivered"), false)
				}
			}
			if rapid.Bool().Draw(t, "passes") {
				w.pass(time.Duration(rapid.IntRange(0, 900).Draw(t, "seconds")) * time.Second)
			}
			w.now = w.now.Add(time.Duration(rapid.IntRange(0, 15).Draw(t, "more")) * time.Second)
			hear()
		}
		// All ends well.
		w.dead = false
		for _, n := range names {
			w.overlay(maintenance, false, n)
			w.overlay(acknowledged, false, n)
		}
		w.becomes(up, names...)
		for _, n := range names {
			w.overlay(flapping, false, n)
		}
		w.pass(3 * time.Hour)
		hear()
		if len(r.told) > 0 {
			t.Fatalf("all is well, and the reader believes %v", r.told)
		}
		if len(w.stored) > 1 {
			t.Fatalf("all is well, and the ledger keeps %v", w.stored)
		}
	})
}

// TestPlain: no text from outside is anything but one line of plain text.
func TestPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := plain(rapid.String().Draw(t, "text"))
		if strings.ContainsAny(s, "\r\n\t<>`*[]@&#|~\\\x00\u202e\u2066\u200b\ufeff") || strings.Contains(s, "://") || strings.TrimSpace(s) != s {
			t.Fatalf("%q", s)
		}
		if c := short(s, 20); len([]rune(c)) > 20 {
			t.Fatalf("%q is longer than 20", c)
		}
	})
	for in, want := range map[string]string{
		"nas1\r\nBcc: all@example.net": "nas1 Bcc: all＠example.net", "\u202egnp.exe": "gnp.exe", "<!channel> @everyone": "‹!channel› ＠everyone",
		"[x](http://192.0.2.1/)": "(x)(http: //192.0.2.1/)", "**b** `c` # d": "∗∗b∗∗ 'c' ＃ d", "a\x00\x1b[31mb": "a(31mb", "\xff": "?",
	} {
		if got := plain(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := (&target{scheme: "smtp"}).header("nas1 ist ausgefallen: Küche"); got != "=?utf-8?q?nas1_ist_ausgefallen:_K=C3=BCche?=" {
		t.Errorf("subject %q", got)
	}
}
