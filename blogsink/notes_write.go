package blogsink

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/quorate/quorate/device"
)

// NoteError says why something was not noted. Its text is for the person who wants to note it.
type NoteError struct{ text string }

func (e *NoteError) Error() string { return e.text }

// NewNote is something to be noted. Kind is one of NoteKinds.
type NewNote struct {
	Kind  string `json:"kind"`
	Title string `json:"title,omitempty"`
	Text  string `json:"text"`
	// For names the challenge that a solution or a failed attempt belongs to: its file, or a part of it that no other
	// challenge has. "" is the newest that nothing has solved yet.
	For string `json:"for,omitempty"`
	// Milestone is the one that it belongs to; 0 is the open one.
	Milestone int     `json:"milestone,omitempty"`
	Evidence  []int64 `json:"evidence,omitempty"` // sequence numbers of recorded events
	Hours     float64 `json:"hours,omitempty"`
	Language  string  `json:"language,omitempty"`
}

// NoteKinds are what can be noted by a command, in the words of the command.
func NoteKinds() []string {
	return []string{noteChallenge, noteSolution, "failed", noteDecision, noteLesson, noteNext, noteSnippet, "time", noteBuilt}
}

// kindOf is the kind that a word of a command stands for.
func kindOf(word string) string {
	switch word {
	case "failed":
		return noteNotWork
	case "time":
		return noteTime
	}
	return word
}

const (
	// MaxNoteText bounds the text of a new note in bytes, so that its file stays below what is read.
	MaxNoteText   = maxNote - 8<<10
	maxNoteTitle  = 120
	maxEvidence   = 50
	maxHours      = 10_000
	longestName   = 60 // of the words in a file's name, in bytes
	headlineRunes = 100
)

// AddNote keeps a note as a file of its own, which it never writes over another, and returns it. A *NoteError says that
// it makes no sense as it is.
func (s *Sink) AddNote(ctx context.Context, n NewNote) (device.Note, error) {
	if s.cfg.Notes == "" {
		return device.Note{}, &NoteError{fmt.Sprintf("this blog has no folder for notes: give sink \"blog\" %q the line notes = \"notes\", then run \"quorate reload\"", s.cfg.Name)}
	}
	s.noting.Lock()
	defer s.noting.Unlock()
	all, err := s.readableNotes()
	if err != nil {
		return device.Note{}, err
	}
	if n.Milestone == 0 {
		if n.Milestone, err = s.currentNumber(ctx, all); err != nil {
			return device.Note{}, err
		}
	}
	made, err := n.note(all, s.opts.Clock().UTC().Truncate(time.Second))
	if err != nil {
		return device.Note{}, err
	}
	b, err := made.bytes()
	if err != nil {
		return device.Note{}, err
	}
	if made.file, err = addFile(s.cfg.Notes, made.Written.Format(time.DateOnly)+"-"+made.words(), b); err != nil {
		return device.Note{}, fmt.Errorf("keep the note: %w", err)
	}
	return made.told(), nil
}

// readableNotes are those that can be read: a new note does not wait until the others are mended.
func (s *Sink) readableNotes() ([]note, error) {
	var all []note
	err := eachNote(s.cfg.Notes, func(rel string, b []byte) error {
		if n, err := parseNote(b); err == nil {
			n.file = rel
			all = append(all, n)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("notes: %w", err)
	}
	return all, nil
}

// currentNumber is that of the milestone that the next post is about.
func (s *Sink) currentNumber(ctx context.Context, all []note) (int, error) {
	open, err := s.opts.History.Milestone(ctx)
	if err != nil {
		return 0, fmt.Errorf("milestone: %w", err)
	}
	posts, err := readPosts(s.cfg.Dir)
	if err != nil {
		return 0, err
	}
	about, _ := milestoneNote(all, open.Number, nextNumber(posts))
	return cmp.Or(open.Number, about.Number, nextNumber(posts)), nil
}

var languageForm = regexp.MustCompile(`^[A-Za-z0-9+#._-]{1,30}$`)

// lineEnds makes every end of a line a newline.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// note checks what is to be noted.
func (n *NewNote) note(all []note, at time.Time) (note, error) {
	text := trimText(lineEnds.Replace(n.Text))
	made := note{
		Kind: kindOf(n.Kind), Milestone: n.Milestone, Title: strings.Join(strings.Fields(n.Title), " "), Written: at, Hours: n.Hours, Language: n.Language,
		Evidence: slices.Compact(slices.Sorted(slices.Values(n.Evidence))),
	}
	switch {
	case !slices.Contains(NoteKinds(), n.Kind):
		return made, &NoteError{fmt.Sprintf("kind %.40q: it is one of %s", n.Kind, strings.Join(NoteKinds(), ", "))}
	case !utf8.ValidString(text) || !utf8.ValidString(made.Title):
		return made, &NoteError{"the text is not UTF-8"}
	case text == "" && made.Title == "":
		return made, &NoteError{"there is no text to note"}
	case len(text) > MaxNoteText:
		return made, &NoteError{fmt.Sprintf("the text has %d bytes, at most %d are kept: put the rest elsewhere and name it", len(text), MaxNoteText)}
	case utf8.RuneCountInString(made.Title) > maxNoteTitle:
		return made, &NoteError{fmt.Sprintf("the title has %d characters, at most %d are kept", utf8.RuneCountInString(made.Title), maxNoteTitle)}
	case n.Milestone < 0 || n.Milestone > 9999:
		return made, &NoteError{fmt.Sprintf("milestone %d: its number is 1 to 9999", n.Milestone)}
	case n.Hours < 0 || n.Hours >= maxHours || n.Hours != n.Hours:
		return made, &NoteError{fmt.Sprintf("hours: more than 0 and less than %d", maxHours)}
	case made.Kind == noteTime && n.Hours == 0:
		return made, &NoteError{"time spent needs --hours, such as --hours 1.5"}
	case n.Language != "" && !languageForm.MatchString(n.Language):
		return made, &NoteError{"the language is one word, such as go or yaml"}
	case len(made.Evidence) > maxEvidence:
		return made, &NoteError{fmt.Sprintf("%d events as evidence: name the %d that tell most", len(made.Evidence), maxEvidence)}
	}
	var err error
	if made.For, err = n.belongsTo(&made, all); err != nil {
		return made, err
	}
	if made.headlined() && made.Title == "" {
		made.Title, text = headline(text)
	}
	made.body = text
	return made, nil
}

// headlined reports kinds that a post gives a headline.
func (n *note) headlined() bool {
	return n.Kind == noteChallenge || n.Kind == noteDecision || n.Kind == noteNotWork && n.For == ""
}

// headline takes the first line off a text, or its first sentence; where both are long, there is none.
func headline(text string) (title, rest string) {
	first, rest, _ := strings.Cut(text, "\n")
	if i := strings.Index(first, ". "); i > 0 && utf8.RuneCountInString(first) > headlineRunes {
		first, rest = first[:i+1], text[i+2:]
	}
	if utf8.RuneCountInString(first) > headlineRunes {
		return "", text
	}
	return strings.Join(strings.Fields(strings.TrimSuffix(first, ".")), " "), trimText(rest)
}

// belongsTo returns the file of the challenge that a solution or a failed attempt belongs to; "" for what stands alone.
func (n *NewNote) belongsTo(made *note, all []note) (string, error) {
	if made.Kind != noteSolution && made.Kind != noteNotWork {
		if n.For != "" {
			return "", &NoteError{fmt.Sprintf("a %s stands alone: --for is for a solution and for what failed", n.Kind)}
		}
		return "", nil
	}
	challenges := slices.DeleteFunc(slices.Clone(all), func(c note) bool { return c.Kind != noteChallenge })
	if n.For != "" {
		return named(challenges, n.For)
	}
	var newest *note
	for i := range challenges {
		c := &challenges[i]
		if c.Milestone != 0 && c.Milestone != made.Milestone || c.FixedBy != "" || solved(c, all) {
			continue
		}
		if newest == nil || cmp.Or(c.Written.Compare(newest.Written), strings.Compare(c.file, newest.file)) > 0 {
			newest = c
		}
	}
	switch {
	case newest != nil:
		return newest.file, nil
	case made.Kind == noteNotWork:
		return "", nil
	}
	return "", &NoteError{fmt.Sprintf("milestone %d has no challenge that waits for a solution: note the challenge first, or name one with --for (\"quorate note list\" shows them)", made.Milestone)}
}

// solved reports whether a challenge has a solution.
func solved(c *note, all []note) bool {
	return slices.ContainsFunc(all, func(n note) bool { return n.Kind == noteSolution && n.For == c.file })
}

// named finds a note by its file, or by a part of its name that no other has.
func named(all []note, name string) (string, error) {
	var found []string
	for _, n := range all {
		if n.file == name || strings.TrimSuffix(n.file, ".md") == name {
			return n.file, nil
		}
		if strings.Contains(n.file, name) {
			found = append(found, n.file)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", &NoteError{fmt.Sprintf("there is no challenge %.80q: \"quorate note list\" shows them", name)}
	}
	slices.Sort(found)
	return "", &NoteError{fmt.Sprintf("%.80q may be any of %s: give more of its name", name, strings.Join(found[:min(len(found), 5)], ", "))}
}

// noteHead is the front matter of a note that a command wrote.
type noteHead struct {
	Kind      string    `yaml:"kind"`
	Milestone int       `yaml:"milestone,omitempty"`
	Written   time.Time `yaml:"written"`
	Title     yaml.Node `yaml:"title,omitempty"`
	For       yaml.Node `yaml:"for,omitempty"`
	Evidence  []int64   `yaml:"evidence,omitempty,flow"`
	Hours     float64   `yaml:"hours,omitempty"`
	Language  yaml.Node `yaml:"language,omitempty"`
}

// quoted is a text between double quotes, whatever it holds; nothing for none.
func quoted(s string) yaml.Node {
	if s == "" {
		return yaml.Node{}
	}
	return yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: s}
}

// bytes is a note as a file.
func (n *note) bytes() ([]byte, error) {
	head, err := yaml.Marshal(noteHead{
		Kind: n.Kind, Milestone: n.Milestone, Written: n.Written, Title: quoted(n.Title), For: quoted(n.For), Evidence: n.Evidence, Hours: n.Hours,
		Language: quoted(n.Language),
	})
	if err != nil {
		return nil, fmt.Errorf("write the front matter: %w", err)
	}
	b := slices.Concat([]byte("---\n"), head, []byte("---\n"))
	if n.body != "" {
		b = append(append(append(b, '\n'), n.body...), '\n')
	}
	return b, nil
}

// words are those of a note that its file is named by.
func (n *note) words() string {
	name := device.Slug(cmp.Or(n.Title, n.body))
	if len(name) > longestName {
		name = name[:longestName]
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			name = name[:i]
		}
	}
	return cmp.Or(strings.Trim(name, "-"), strings.ReplaceAll(n.Kind, "_", "-"))
}

// addFile puts a new file into a folder, for its owner alone, and returns its name: the given one, or where that is taken
// with a number behind. A crash leaves all of it or nothing.
func addFile(dir, name string, b []byte) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, ".quorate-*") // mode 0600
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(f.Name()) }() // the link is another name of the same bytes
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", err
	}
	for i := 1; i < 1000; i++ {
		file := name + ".md"
		if i > 1 {
			file = fmt.Sprintf("%s-%d.md", name, i)
		}
		switch err := os.Link(f.Name(), filepath.Join(dir, file)); {
		case err == nil:
			return file, syncDir(dir)
		case !errors.Is(err, fs.ErrExist):
			return "", err
		}
	}
	return "", fmt.Errorf("%d notes are called %s", 1000, name)
}

// RenumberNotes moves the notes of one milestone to another, when the open one is given another number. Files that say no
// number belong to the open one anyway.
func (s *Sink) RenumberNotes(from, to int) error {
	if s.cfg.Notes == "" || from == to {
		return nil
	}
	s.noting.Lock()
	defer s.noting.Unlock()
	return eachNote(s.cfg.Notes, func(rel string, b []byte) error {
		n, err := parseNote(b)
		if err != nil || n.Milestone != from {
			return nil //nolint:nilerr // a file that is no note has no number; the draft says so
		}
		head, body, ok := bytes.Cut(b, []byte("\n---"))
		at := milestoneLine.FindSubmatchIndex(head)
		if !ok || at == nil {
			return nil
		}
		changed := slices.Concat(head[:at[2]], fmt.Append(nil, to), head[at[3]:], []byte("\n---"), body)
		if again, err := parseNote(changed); err != nil || again.Milestone != to {
			return fmt.Errorf("note %s: its milestone could not be changed; do it by hand", rel)
		}
		return replace(filepath.Join(s.cfg.Notes, filepath.FromSlash(rel)), changed, 0o600)
	})
}

var milestoneLine = regexp.MustCompile(`(?m)^milestone:[ \t]*([0-9]+)[ \t]*\r?$`)
