package host

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

func TestBackOffAndQuarantine(t *testing.T) {
	l := defaultLimits()
	var h history
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var got []time.Duration
	for range 8 {
		d, tooMany := h.next(now, l, false)
		if tooMany {
			t.Error("a plugin that cannot be started is quarantined")
		}
		got = append(got, d/time.Second)
	}
	if want := []time.Duration{1, 2, 4, 8, 16, 32, 60, 60}; !slices.Equal(got, want) {
		t.Errorf("delays %v, want %v", got, want)
	}
	h = history{}
	for n := 1; n <= 5; n++ {
		d, tooMany := h.next(now, l, true)
		if tooMany != (n == 5) || tooMany && d != l.quarantine {
			t.Errorf("crash %d: %v, %v", n, d, tooMany)
		}
		now = now.Add(time.Minute)
	}
	// After the quarantine one more is enough, and five within more than ten minutes are none too many.
	if _, tooMany := h.next(now.Add(l.quarantine), l, true); !tooMany {
		t.Error("the first crash after a quarantine is forgiven")
	}
	// But not for ever, and the delays begin anew.
	h.well()
	if d, tooMany := h.next(now.Add(2*l.quarantine), l, true); tooMany || d != l.restart {
		t.Errorf("the first crash of a plugin that had been well: %v, %v", d, tooMany)
	}
	// That a plugin was well for five minutes in between does not hide five crashes within ten.
	h = history{}
	for n := 1; n <= 5; n++ {
		if n == 3 {
			h.well()
		}
		if _, tooMany := h.next(now.Add(time.Duration(n)*90*time.Second), l, true); tooMany != (n == 5) {
			t.Errorf("crash %d: %v", n, tooMany)
		}
	}
	h = history{}
	for n := range 20 {
		if _, tooMany := h.next(now, l, true); tooMany {
			t.Errorf("crash %d, one every three minutes: quarantine", n+1)
		}
		now = now.Add(3 * time.Minute)
	}
}

func TestLogsOfAPlugin(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"text", "starting", `level=INFO msg="plugin log" text=starting`},
		{"slog", `{"time":"2026-01-01T00:00:00Z","level":"WARN","msg":"slow","took":3,"list":[1,2]}`, `level=WARN msg="plugin log" text=slow plugin.list=[1,2] plugin.took=3`},
		{"hclog", `{"@level":"error","@message":"no","@timestamp":"x","@module":"m"}`, `level=ERROR msg="plugin log" text=no`},
		{"wrong types", `{"@message":1,"@level":[],"@timestamp":{}}`, `level=INFO msg="plugin log" text="{\"@message\":1,\"@level\":[],\"@timestamp\":{}}"`},
		{"unknown level", `{"level":"LOUD","msg":"m"}`, `level=INFO msg="plugin log" text=m`},
		{"panic", "panic: boom", `level=ERROR msg="plugin log" text="panic: boom"`},
		{"secret", "token s3cr3t, also s3cr3t%21 and {", `level=INFO msg="plugin log" text="token (secret), also (secret)%21 and {"`},
		{"control", "a\x1b[31mb\x00", `level=INFO msg="plugin log" text="a [31mb"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(g []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey && len(g) == 0 {
					return slog.Attr{}
				}
				return a
			}}))
			newLogs(log, newTexts([]device.Secret{"s3cr3t", "abc"}), &atomic.Int64{}).read(strings.NewReader(c.line + "\n"))
			if got := strings.TrimSpace(b.String()); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// No second has more lines than the rate, those that tell of the rest included, and each line is logged or counted.
func TestLogRate(t *testing.T) {
	var b bytes.Buffer
	var dropped atomic.Int64
	l := newLogs(slog.New(slog.NewTextHandler(&b, nil)), newTexts(nil), &dropped)
	now := time.Unix(1e9, 0)
	l.now = func() time.Time { return now }
	const seconds = 30
	var perSecond [seconds]int
	for s := range seconds {
		for n := range 1000 {
			l.line(fmt.Appendf(nil, "line %d", n))
			now = now.Add(time.Millisecond)
		}
		perSecond[s] = strings.Count(b.String(), "msg=")
	}
	for s := 1; s < seconds; s++ {
		if n := perSecond[s] - perSecond[s-1]; n > logLines {
			t.Errorf("%d lines in second %d", n, s)
		}
	}
	l.report()
	logged, told := strings.Count(b.String(), `msg="plugin log"`), 0
	for _, m := range regexp.MustCompile(`dropped=(\d+)`).FindAllStringSubmatch(b.String(), -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		told += n
	}
	if logged+told != seconds*1000 || dropped.Load() != int64(told) || logged < 90*seconds {
		t.Errorf("of %d lines %d were logged and %d told as dropped, %d counted", seconds*1000, logged, told, dropped.Load())
	}
	if got := l.lastLine(); got != "line 999" {
		t.Errorf("the last line is %q", got)
	}
}

func FuzzLogLine(f *testing.F) {
	f.Add([]byte(`{"@message":1}`))
	f.Add([]byte(`{"msg":"m","level":"INFO","a":{"b":[null]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var out bytes.Buffer
		newLogs(slog.New(slog.NewJSONHandler(&out, nil)), newTexts([]device.Secret{"s3cr3t"}), &atomic.Int64{}).read(bytes.NewReader(b))
		if bytes.Contains(out.Bytes(), []byte("s3cr3t")) {
			t.Error("a secret is in the log")
		}
	})
}

func TestSecretsInEveryForm(t *testing.T) {
	text := newTexts([]device.Secret{`p"a ss/ä`})
	for _, s := range []string{`p"a ss/ä`, `p\"a ss/ä`, "p%22a+ss%2F%C3%A4", "p%22a%20ss%2F%C3%A4"} {
		if got := text.line("x " + s + " y"); got != "x (secret) y" {
			t.Errorf("%q became %q", s, got)
		}
	}
	if got := len(text.line(strings.Repeat("ä", 5000))); got > maxText+10 {
		t.Errorf("a line of %d bytes", got)
	}
}

func TestRunFoldersOfTheDeadAreRemoved(t *testing.T) {
	parent := shortDir(t)
	dead := filepath.Join(parent, hostPrefix+"dead")
	if err := os.MkdirAll(filepath.Join(dead, "plugin-dir1"), 0o700); err != nil {
		t.Fatal(err)
	}
	living, err := openRunDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	second, err := openRunDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("the dead one's folder: %v", err)
	}
	for _, d := range []*runDir{living, second} {
		if i, err := os.Stat(d.path); err != nil || i.Mode().Perm() != 0o700 {
			t.Errorf("%v, %v", i, err)
		}
		if err := d.close(); err != nil {
			t.Error(err)
		}
	}
}

func TestRunFolderWithALongPath(t *testing.T) {
	parent := filepath.Join(shortDir(t), strings.Repeat("x", 80))
	d, err := openRunDir(parent)
	if err != nil || len(d.path) > maxRunDir+len(hostPrefix)+11 {
		t.Fatalf("%+v, %v", d, err)
	}
	if err := d.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(d.root); !os.IsNotExist(err) {
		t.Errorf("the temporary folder: %v", err)
	}
	t.Setenv("TMPDIR", shortDir(t)+strings.Repeat("/", 80))
	if _, err := openRunDir(""); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("a long path of the temporary folder: %v", err)
	}
}
