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
	"time"
)

// A plugin may log this much; the rest is counted.
const (
	maxLogLine   = 64 << 10
	logRate      = 100 // lines a second
	logBurst     = 200
	maxLogFields = 20
)

// logs reads a plugin's stderr into our log. Nothing that a plugin writes can stop it: lines are cut, foreign JSON is
// taken field by field with its types checked, and what comes too fast is counted.
type logs struct {
	log  *slog.Logger
	text texts
	now  func() time.Time

	tokens float64
	filled time.Time

	mu      sync.Mutex
	dropped int
	last    string // the last line, or the one that says why the plugin died
	final   bool
}

func newLogs(log *slog.Logger, text texts) *logs {
	return &logs{log: log, text: text, now: time.Now, tokens: logBurst}
}

// read returns at the end of r.
func (l *logs) read(r io.Reader) {
	b := bufio.NewReaderSize(r, maxLogLine)
	for {
		line, err := b.ReadSlice('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			l.line(bytes.TrimSpace(line))
		}
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = b.ReadSlice('\n')
		}
		if err != nil {
			l.report()
			return
		}
	}
}

func (l *logs) line(b []byte) {
	level, text, fields := parse(b)
	text = l.text.line(text)
	if doom(text) {
		level = slog.LevelError
	}
	l.mu.Lock()
	if !l.final {
		l.last, l.final = text, doom(text)
	}
	ok := l.take()
	dropped := l.dropped
	if ok {
		l.dropped = 0
	} else {
		l.dropped++
	}
	l.mu.Unlock()
	if !ok {
		return
	}
	if dropped > 0 {
		l.log.LogAttrs(context.Background(), slog.LevelWarn, "plugin logs too much", slog.Int("dropped", dropped))
	}
	attrs := []slog.Attr{slog.String("text", text)}
	for _, f := range fields {
		attrs = append(attrs, slog.String("plugin."+l.text.line(f[0]), l.text.line(f[1])))
	}
	l.log.LogAttrs(context.Background(), level, "plugin log", attrs...)
}

// take takes one token, if there is one.
func (l *logs) take() bool {
	now := l.now()
	if !l.filled.IsZero() {
		l.tokens = min(logBurst, l.tokens+now.Sub(l.filled).Seconds()*logRate)
	}
	l.filled = now
	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
}

// report says what was dropped last.
func (l *logs) report() {
	l.mu.Lock()
	dropped := l.dropped
	l.dropped = 0
	l.mu.Unlock()
	if dropped > 0 {
		l.log.LogAttrs(context.Background(), slog.LevelWarn, "plugin logs too much", slog.Int("dropped", dropped))
	}
}

// lastLine returns the line that says why the plugin died, or else the last one.
func (l *logs) lastLine() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// doom reports whether a line is the head of a dying program's last words.
func doom(line string) bool {
	return strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:")
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
