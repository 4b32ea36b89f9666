package blogsink

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// The kinds of notes.
const (
	noteMilestone = "milestone"
	noteBuilt     = "built"
	noteChallenge = "challenge"
	noteDecision  = "decision"
	noteLesson    = "lesson"
	noteNotWork   = "did_not_work"
	noteSnippet   = "snippet"
	noteTime      = "time_spent"
	noteNext      = "next"
	noteSolution  = "solution"
)

var noteKinds = []string{
	noteMilestone, noteBuilt, noteChallenge, noteSolution, noteNotWork, noteDecision, noteLesson, noteSnippet, noteTime, noteNext,
}

// note is one fragment of the owner's: a Markdown file with front matter. Its texts are as they were written: they
// reach a post only through a Cleaner.
type note struct {
	file string // the path under the notes folder

	Kind      string   `yaml:"kind"`
	Milestone int      `yaml:"milestone"` // 0 means the open one
	Weight    int      `yaml:"weight"`
	Number    int      `yaml:"number"`
	Title     string   `yaml:"title"`
	Subtitle  string   `yaml:"subtitle"`
	Phase     string   `yaml:"phase"`
	Problem   string   `yaml:"problem"`
	Tried     []string `yaml:"tried"`
	FixedBy   string   `yaml:"fixed_by"`
	Cost      string   `yaml:"cost"`
	What      string   `yaml:"what"`
	Why       string   `yaml:"why"`
	Language  string   `yaml:"language"`
	Hours     float64  `yaml:"hours"`
	On        string   `yaml:"on"`
	Next      []string `yaml:"next"`
	Done      bool     `yaml:"done"`
	// For is the file of the challenge that a solution, or what did not work, belongs to.
	For string `yaml:"for"`
	// Evidence are the sequence numbers of the events that show it.
	Evidence []int64   `yaml:"evidence"`
	Written  time.Time `yaml:"written"`

	body string
}

// maxNote bounds one file: a note is written by hand.
const maxNote = 256 << 10

// readNotes reads all notes under dir in order of weight and path. A missing folder is no error: there are no notes.
// A file that cannot be read as a note is: the owner wrote it to be published.
func readNotes(dir string) ([]note, error) {
	var out []note
	err := eachNote(dir, func(rel string, b []byte) error {
		n, err := parseNote(b)
		if err != nil {
			return fmt.Errorf("%s: %w", rel, err)
		}
		n.file = rel
		out = append(out, n)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("notes: %w", err)
	}
	sortNotes(out)
	return out, nil
}

func sortNotes(all []note) {
	slices.SortFunc(all, func(a, b note) int {
		return cmp.Or(cmp.Compare(a.Weight, b.Weight), strings.Compare(a.file, b.file))
	})
}

// eachNote hands on each file of the notes with its path under dir.
func eachNote(dir string, take func(rel string, b []byte) error) error {
	if dir == "" {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			if path == dir && errors.Is(err, fs.ErrNotExist) {
				return fs.SkipAll
			}
			return err
		case strings.HasPrefix(d.Name(), ".") && path != dir:
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() || filepath.Ext(path) != ".md" || strings.EqualFold(d.Name(), "readme.md"):
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return take(filepath.ToSlash(rel), b)
	})
}

func parseNote(b []byte) (note, error) {
	var n note
	if len(b) > maxNote {
		return n, fmt.Errorf("%d bytes, at most %d are read", len(b), maxNote)
	}
	b = bytes.ReplaceAll(bytes.TrimPrefix(b, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))
	rest, ok := bytes.CutPrefix(b, []byte("---\n"))
	if !ok {
		return n, errors.New(`no front matter: the first line of a note is "---", then "kind: ..."`)
	}
	head, body, ok := cutHead(rest)
	if !ok {
		return n, errors.New(`the front matter does not end: a line "---" is missing`)
	}
	dec := yaml.NewDecoder(bytes.NewReader(head))
	dec.KnownFields(true)
	if err := dec.Decode(&n); err != nil {
		return n, fmt.Errorf("front matter: %s", plainYAML(err))
	}
	if !slices.Contains(noteKinds, n.Kind) {
		return n, fmt.Errorf("kind %.40q: want one of %s", n.Kind, strings.Join(noteKinds, ", "))
	}
	n.body = trimText(string(body))
	return n, nil
}

// cutHead cuts a note behind its first line into the front matter and what follows the line that ends it.
func cutHead(rest []byte) (head, body []byte, ok bool) {
	for at := 0; at < len(rest); {
		n := bytes.IndexByte(rest[at:], '\n') + 1
		if n == 0 {
			n = len(rest) - at
		}
		if string(bytes.TrimRight(rest[at:at+n], " \t\n")) == "---" {
			return rest[:at], rest[at+n:], true
		}
		at += n
	}
	return nil, nil, false
}

// trimText takes empty lines off the beginning of a text, and all blanks off its end: what begins its first line may be
// indented code.
func trimText(s string) string {
	s = strings.TrimRight(s, " \t\n")
	for {
		line, rest, more := strings.Cut(s, "\n")
		if !more || strings.Trim(line, " \t") != "" {
			return s
		}
		s = rest
	}
}

// plainYAML keeps the first line of a parser's complaint, without the values that it quotes.
func plainYAML(err error) string {
	var t *yaml.TypeError
	if errors.As(err, &t) && len(t.Errors) > 0 {
		line, rest, _ := strings.Cut(t.Errors[0], ": ")
		if field, ok := strings.CutPrefix(rest, "field "); ok {
			name, _, _ := strings.Cut(field, " ")
			return line + ": unknown field " + strconv.Quote(name)
		}
		return line + ": a value of the wrong kind"
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimPrefix(text, "yaml: ")
}

// of returns the notes of a kind that belong to the milestone.
func of(notes []note, kind string, milestone int) []note {
	var out []note
	for _, n := range notes {
		if n.Kind == kind && (n.Milestone == 0 || n.Milestone == milestone) {
			out = append(out, n)
		}
	}
	return out
}

// milestoneNote is the note about the milestone of the given number, or where none is given about the first that has no
// post yet, as those behind it are announcements. A note without a number is about whichever is open.
func milestoneNote(notes []note, number, next int) (note, bool) {
	want := cmp.Or(number, next)
	var best note
	found := false
	for _, n := range notes {
		if n.Kind != noteMilestone || n.Number != 0 && n.Number < want || number > 0 && n.Number > number {
			continue
		}
		if !found || n.Number != 0 && (best.Number == 0 || n.Number < best.Number) {
			best, found = n, true
		}
	}
	return best, found
}
