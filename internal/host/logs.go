package host

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A plugin may log this much; the rest is counted.
const (
	maxLogLine   = 64 << 10
	maxLogged    = 4 << 10 // bytes of what is logged of a line
	maxLogFields = 20
	logLines     = 100 // in any second
	// How often a plugin that logs too much is reported.
	reportEvery = 10 * time.Second
)

// logs reads a plugin's stderr into our log. Nothing that a plugin writes can stop it: lines are cut, foreign JSON is
// taken field by field with its types checked, and what comes too fast is counted, and not even looked at.
type logs struct {
	log     *slog.Logger
	text    texts
	now     func() time.Time
	dropped *atomic.Int64 // of all runs

	mu     sync.Mutex
	lines  *window
	untold int
	told   time.Time
	last   []byte // the last line, or the one that says why the plugin died
	final  bool
}

func newLogs(log *slog.Logger, text texts, dropped *atomic.Int64) *logs {
	return &logs{log: log, text: text, now: time.Now, dropped: dropped, lines: newWindow(logLines, time.Second)}
}

// read returns at the end of r.
func (l *logs) read(r io.Reader) {
	b := bufio.NewReaderSize(r, maxLogLine)
	for {
		line, err := b.ReadSlice('\n')
		l.line(line)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = b.ReadSlice('\n')
		}
		if err != nil {
			l.report()
			return
		}
	}
}

// Write takes what a plugin wrote on stderr by another way, in pieces that end with a line.
func (l *logs) Write(b []byte) (int, error) {
	for line := range bytes.Lines(b) {
		l.line(line)
	}
	return len(b), nil
}

func (l *logs) line(b []byte) {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return
	}
	b = b[:min(len(b), maxLogLine)]
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.final {
		l.last, l.final = append(l.last[:0], b...), doom(b)
	}
	now := l.now()
	if !l.lines.take(now) {
		l.untold++
		l.dropped.Add(1)
		return
	}
	if l.untold > 0 && now.Sub(l.told) >= reportEvery {
		// What tells of it is one of the lines that may be logged.
		l.reportLocked(now)
		if !l.lines.take(now) {
			l.untold++
			l.dropped.Add(1)
			return
		}
	}
	l.write(b)
}

func (l *logs) write(b []byte) {
	level, text, fields := parse(b)
	if doom(b) {
		level = slog.LevelError
	}
	text = l.text.line(text)
	attrs := []slog.Attr{slog.String("text", text)}
	size := len(text)
	for _, f := range fields {
		k, v := l.text.line(f[0]), l.text.line(f[1])
		if size += len(k) + len(v); size > maxLogged {
			break
		}
		attrs = append(attrs, slog.String("plugin."+k, v))
	}
	l.log.LogAttrs(context.Background(), level, "plugin log", attrs...)
}

// report says what was dropped last.
func (l *logs) report() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.untold > 0 {
		l.reportLocked(l.now())
	}
}

func (l *logs) reportLocked(now time.Time) {
	l.log.LogAttrs(context.Background(), slog.LevelWarn, "plugin logs too much", slog.Int("dropped", l.untold))
	l.untold, l.told = 0, now
}

// lastLine returns the line that says why the plugin died, or else the last one.
func (l *logs) lastLine() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.last) == 0 {
		return ""
	}
	_, text, _ := parse(l.last)
	return l.text.line(text)
}

// doom reports whether a line is the head of a dying program's last words.
func doom(line []byte) bool {
	return bytes.HasPrefix(line, []byte("panic:")) || bytes.HasPrefix(line, []byte("fatal error:"))
}

// parse reads a line in the JSON of slog or hclog; what is neither is text.
func parse(b []byte) (level slog.Level, text string, fields [][2]string) {
	var m map[string]any
	if b[0] != '{' || json.Unmarshal(b, &m) != nil {
		return slog.LevelInfo, string(b), nil
	}
	text, ok := first(m, "msg", "@message", "message")
	if !ok {
		return slog.LevelInfo, string(b), nil
	}
	word, _ := first(m, "level", "@level")
	if level.UnmarshalText([]byte(word)) != nil {
		level = slog.LevelInfo
	}
	for k, v := range m {
		switch k {
		case "msg", "@message", "message", "level", "@level", "time", "@timestamp", "source", "@module":
			continue
		}
		s, isText := v.(string)
		if !isText {
			j, err := json.Marshal(v)
			if err != nil {
				continue
			}
			s = string(j)
		}
		fields = append(fields, [2]string{k, s})
	}
	slices.SortFunc(fields, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return level, text, fields[:min(len(fields), maxLogFields)]
}

// first returns the first of keys that m holds as a text.
func first(m map[string]any, keys ...string) (string, bool) {
	for _, k := range keys {
		if s, ok := m[k].(string); ok {
			return s, true
		}
	}
	return "", false
}
