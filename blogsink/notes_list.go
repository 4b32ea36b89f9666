package blogsink

import (
	"cmp"
	"fmt"

	"github.com/quorate/quorate/device"
)

// Notes returns all notes as they were written, in the order in which a post tells them. One that cannot be read is among
// them, with the reason.
func (s *Sink) Notes() ([]device.Note, error) {
	var read []note
	problems := map[string]string{}
	err := eachNote(s.cfg.Notes, func(rel string, b []byte) error {
		n, err := parseNote(b)
		if err != nil {
			problems[rel] = err.Error()
			n = note{}
		}
		n.file = rel
		read = append(read, n)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("notes: %w", err)
	}
	sortNotes(read)
	all := make([]device.Note, len(read))
	for i := range read {
		all[i] = read[i].told()
		all[i].Problem = problems[read[i].file]
	}
	return all, nil
}

// told is a note in the form for programs.
func (n *note) told() device.Note {
	text := n.body
	for _, part := range []string{n.Why, n.On, n.Problem} {
		text = cmp.Or(text, part)
	}
	return device.Note{
		File: n.file, Kind: n.Kind, Milestone: cmp.Or(n.Milestone, n.Number), WrittenAt: n.Written, Title: cmp.Or(n.Title, n.What), Text: text,
		For: n.For, Evidence: n.Evidence, Hours: n.Hours, Language: n.Language,
	}
}
