package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
)

type noteCmd struct {
	Add  noteAddCmd  `cmd:"" default:"withargs" help:"Note something for the next post, while you still know it."`
	List noteListCmd `cmd:"" help:"List the notes, from the running agent."`
}

type noteAddCmd struct {
	configFlag
	Kind      string   `arg:"" enum:"challenge,solution,failed,decision,lesson,next,snippet,time,built" help:"What it is: ${enum}."`
	Text      []string `arg:"" optional:"" help:"The text, as Markdown."`
	Event     []int64  `help:"Number of an event that shows it; may be given again." placeholder:"SEQ"`
	Title     string   `help:"Its headline; without it the first line is." placeholder:"TEXT"`
	For       string   `help:"The challenge that a solution, or what failed, belongs to: a part of its file's name. The newest open one by default." placeholder:"NOTE"`
	Hours     float64  `help:"Time spent on it." placeholder:"HOURS"`
	Language  string   `help:"Of a snippet." placeholder:"NAME"`
	Milestone int      `help:"Of another milestone than the open one." placeholder:"N"`
	File      string   `help:"Read the text from a file, - for the standard input." placeholder:"FILE" xor:"text"`
	Edit      bool     `help:"Write the text in your editor." xor:"text"`
	JSON      bool     `name:"json" help:"What was noted, as JSON."`
}

func (c *noteAddCmd) Run(ctx context.Context, p *Program) error {
	cl, _, err := c.client()
	if err != nil {
		return err
	}
	text, err := c.text(ctx, p)
	if err != nil {
		return err
	}
	note := blogsink.NewNote{
		Kind: c.Kind, Title: c.Title, Text: text, For: c.For, Milestone: c.Milestone, Evidence: c.Event, Hours: c.Hours, Language: c.Language,
	}
	var answer agent.NoteAnswer
	err = cl.post(ctx, "/control/notes", note, &answer)
	if errors.Is(err, errNotRunning) {
		return fmt.Errorf("nothing was noted: %w", err)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(answer)
	}
	fmt.Fprintf(p.Stdout, "noted: %s\n", printable(answer.Note.File))
	if answer.Note.For != "" {
		fmt.Fprintf(p.Stdout, "for the challenge %s\n", printable(answer.Note.For))
	}
	p.printDrafted(answer.Drafted)
	return nil
}

// text is what is to be noted, from wherever it comes.
func (c *noteAddCmd) text(ctx context.Context, p *Program) (string, error) {
	given := strings.Join(c.Text, " ")
	switch {
	case c.Edit:
		return edited(ctx, p, given)
	case c.File == "":
		return given, nil
	case given != "":
		return "", failWith(exitUsage, errors.New("the text is given twice: as words and as --file"))
	case c.File == "-":
		return readText(p.Stdin)
	}
	f, err := os.Open(c.File)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	return readText(f)
}

// readText reads no more than what shows that it is too much.
func readText(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, blogsink.MaxNoteText+1))
	if err != nil {
		return "", fmt.Errorf("read the text: %w", err)
	}
	return string(b), nil
}

// edited has a text written in the editor of the person, in a file for nobody else.
func edited(ctx context.Context, p *Program, text string) (string, error) {
	editor := strings.Fields(os.Getenv("VISUAL"))
	if len(editor) == 0 {
		editor = strings.Fields(os.Getenv("EDITOR"))
	}
	if len(editor) == 0 {
		return "", errors.New("no editor is known: set EDITOR, or give the text as words or with --file")
	}
	dir, err := os.MkdirTemp("", "quorate-note-") // mode 0700
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "note.md")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, editor[0], append(editor[1:], path)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.Stdin, p.Stdout, p.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("nothing was noted: the editor %s: %w", editor[0], err)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	return readText(f)
}

type noteListCmd struct {
	configFlag
	JSON bool `name:"json" help:"As JSON."`
}

func (c *noteListCmd) Run(ctx context.Context, p *Program) error {
	var all []device.Note
	if err := c.list(ctx, "/api/v1/notes", &all); err != nil {
		return err
	}
	if c.JSON {
		return p.printJSON(all)
	}
	if len(all) == 0 {
		fmt.Fprintln(p.Stdout, "nothing is noted; \"quorate note challenge TEXT\" notes a challenge")
		return nil
	}
	p.table("FILE\tKIND\tMILESTONE\tFOR\tEVENTS\tTEXT", func(w *tabwriter.Writer) {
		for i := range all {
			n := &all[i]
			milestone, text := "open", n.Title
			if n.Milestone > 0 {
				milestone = fmt.Sprint(n.Milestone)
			}
			if text == "" {
				text = n.Text
			}
			if n.Problem != "" {
				text = "cannot be read: " + n.Problem
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", printable(n.File), orDash(n.Kind), milestone, orDash(n.For), orDash(seqs(n.Evidence)), orDash(short(text, 60)))
		}
	})
	return nil
}

func seqs(all []int64) string {
	words := make([]string, len(all))
	for i, n := range all {
		words[i] = fmt.Sprint(n)
	}
	return strings.Join(words, ",")
}

// short cuts a text for a line of a table.
func short(text string, most int) string {
	r := []rune(strings.Join(strings.Fields(text), " "))
	if len(r) > most {
		return string(r[:most-3]) + "..."
	}
	return string(r)
}
