package share

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/quorate/quorate/internal/leakcheck"
	"github.com/quorate/quorate/internal/sanitize"
)

// Names are what a text may be as a whole, and the alias that stands for it: names that are too common to be looked for
// within a sentence, such as "gateway", among them.
type Names map[string]sanitize.Alias

// Masker makes texts fit to be shared.
type Masker struct {
	names   Names
	cleaner *sanitize.Cleaner
	checker *leakcheck.Checker
	report  sanitize.Report
	done    map[string]string // what came before
}

// New returns a masker that knows these private values. Registry is the same for the check, which shares no code with
// what replaces them.
func New(table *sanitize.Table, names Names, known []sanitize.Known, registry leakcheck.Registry) *Masker {
	return &Masker{names: names, cleaner: sanitize.NewCleaner(table, known), checker: leakcheck.New(registry), done: map[string]string{}}
}

// begun replaces names where a sentence of an event has the name of its device: at its begin, or behind what the sentence
// is about. Names that are words of the program too are told by that place alone.
func (n Names) begun(s string) string {
	var b strings.Builder
	for {
		end := n.longest(s)
		if end > 0 {
			b.WriteString(n[s[:end]].String())
			s = s[end:]
		}
		head, rest, more := strings.Cut(s, ": ")
		b.WriteString(head)
		if !more {
			return b.String()
		}
		b.WriteString(": ")
		s = rest
	}
}

// longest returns where the longest name that s begins with ends, 0 for none.
func (n Names) longest(s string) int {
	end := 0
	for i := range min(len(s), maxName) + 1 {
		if i < len(s) && !strings.ContainsRune(" :,", rune(s[i])) {
			continue
		}
		if _, ok := n[s[:i]]; ok {
			end = i
		}
	}
	return end
}

// maxName is how long a name is at most, in bytes: 256 characters.
const maxName = 4 * 256

// RefusedError says that something private is left in a text that was to be shared. It names kinds and offsets and never
// a value.
type RefusedError struct{ Findings []leakcheck.Finding }

func (e *RefusedError) Error() string {
	var parts []string
	for i, f := range e.Findings {
		if i == 8 {
			parts = append(parts, fmt.Sprintf("and %d more", len(e.Findings)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s at byte %d", f.Kind, f.Offset))
	}
	return "something private may be left: " + strings.Join(parts, ", ")
}

// Text masks a text of the program, line by line and cell by cell, and checks what came of it: cells have a tab between
// them, and stand in columns then. The error is of type *RefusedError where the check found something.
func (m *Masker) Text(ctx context.Context, s string) (string, error) {
	var out bytes.Buffer
	columns := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for line := range strings.Lines(s) {
		line, end := strings.CutSuffix(line, "\n")
		cells := strings.Split(line, "\t")
		for i, cell := range cells {
			if i > 0 {
				_, _ = io.WriteString(columns, "\t") // a buffer takes it
			}
			masked, err := m.cell(ctx, cell)
			if err != nil {
				return "", err
			}
			// A row about such a field has its value in the second cell, and in the last what others say of it.
			if identifying[cells[0]] && (i == 1 || i > 1 && i == len(cells)-1) && cell != "" {
				masked = Mark
			}
			_, _ = io.WriteString(columns, masked)
		}
		if end {
			_, _ = io.WriteString(columns, "\n")
		}
	}
	if err := columns.Flush(); err != nil {
		return "", fmt.Errorf("lay out: %w", err)
	}
	if err := m.Check(out.Bytes()); err != nil {
		return "", err
	}
	return out.String(), nil
}

// JSON masks the texts and the keys in one value of JSON or several, one after the other, which stay what they are.
func (m *Masker) JSON(ctx context.Context, in []byte) ([]byte, error) {
	var out bytes.Buffer
	dec := json.NewDecoder(bytes.NewReader(in))
	for n := 0; ; n++ {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read JSON: %w", err)
		}
		if err := m.value(ctx, &out, raw); err != nil {
			return nil, err
		}
		out.WriteByte('\n')
	}
	if err := m.Check(out.Bytes()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Replaced is how many different values of a kind were replaced.
type Replaced struct {
	Kind sanitize.Kind
	N    int
}

// Replaced says what was replaced so far, in the order of the kinds. Words that nobody knows are not counted.
func (m *Masker) Replaced() []Replaced {
	counts := map[sanitize.Kind]int{}
	for _, s := range m.report.Swaps() {
		counts[s.Kind] = m.report.Count(s.Kind)
	}
	var out []Replaced
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, Replaced{kind, counts[kind]})
	}
	return out
}

// told is a value of the same kind in a text.
var told = regexp.MustCompile(`((?:^|[^\[\w])(?:engine id|serial)) [^\s\[]\S*`)

// colon is behind a key.
var colon = regexp.MustCompile(`^\s*:`)

// identifying are keys whose texts nobody needs to see, whatever they are made of.
var identifying = map[string]bool{"location": true, "serial": true, "serials": true, "engine_id": true}

// Check looks for anything private in finished bytes.
func (m *Masker) Check(b []byte) error {
	if found := m.checker.Check("share", b); len(found) > 0 {
		return &RefusedError{Findings: found}
	}
	return nil
}

// value writes one value with its texts masked, with the blanks and line ends that it had.
func (m *Masker) value(ctx context.Context, out *bytes.Buffer, raw []byte) error {
	key := ""
	for i := 0; i < len(raw); {
		if raw[i] != '"' {
			out.WriteByte(raw[i])
			i++
			continue
		}
		end := i + 1
		for raw[end] != '"' {
			if raw[end] == '\\' {
				end++
			}
			end++
		}
		var text string
		if err := json.Unmarshal(raw[i:end+1], &text); err != nil {
			return fmt.Errorf("read JSON: %w", err)
		}
		if colon.Match(raw[end+1:]) {
			key = text
		}
		masked, err := m.cell(ctx, text)
		if err != nil {
			return err
		}
		if identifying[key] && key != text && text != "" && m.names[text].IsZero() {
			masked = Mark
		}
		var quoted bytes.Buffer
		enc := json.NewEncoder(&quoted)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(masked); err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
		out.Write(bytes.TrimSuffix(quoted.Bytes(), []byte("\n")))
		i = end + 1
	}
	return nil
}

// cell replaces what is known, what looks private, and then every word that the program does not say itself. An output
// repeats itself, so each text is masked once.
func (m *Masker) cell(ctx context.Context, s string) (string, error) {
	if a, ok := m.names[strings.TrimSpace(s)]; ok {
		return a.String(), nil
	}
	if masked, ok := m.done[s]; ok {
		return masked, nil
	}
	masked, err := m.mask(ctx, s)
	if err != nil {
		return "", err
	}
	m.done[s] = masked
	return masked, nil
}

// maskRounds is how often a text is masked at most until nothing changes any more.
const maskRounds = 8

// mask replaces until there is nothing left to replace: a mark may uncover what stood beside it, since "Z::30" is no address
// and "[…]::30" is one. A text that never comes to rest is not shown.
func (m *Masker) mask(ctx context.Context, s string) (string, error) {
	for range maskRounds {
		clean, err := m.cleaner.Text(ctx, m.names.begun(s), &m.report)
		if err != nil {
			return "", fmt.Errorf("replace what is private: %w", err)
		}
		masked := ownWords(told.ReplaceAllString(clean, "$1 "+Mark))
		if masked == s {
			return masked, nil
		}
		s = masked
	}
	return Mark, nil
}
