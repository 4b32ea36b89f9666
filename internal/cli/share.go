package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"github.com/quorate/quorate/agent"
)

// readFlags are what every command takes that only reads.
type readFlags struct {
	configFlag
	Share bool `help:"For a forum or an issue: real names and addresses are replaced by those of the posts, and nothing is printed where any may be left."`
}

// flagOf returns the value of a flag of the command that was given, as it was set.
func flagOf(k *kong.Context, name string) reflect.Value {
	if node := k.Selected(); node != nil {
		for _, f := range node.Flags {
			if f.Name == name {
				return f.Target
			}
		}
	}
	return reflect.Value{}
}

func isSet(k *kong.Context, name string) bool {
	v := flagOf(k, name)
	return v.IsValid() && v.Kind() == reflect.Bool && v.Bool()
}

// shared runs a command and prints what the agent makes of its output: the agent alone knows what is private and what
// stands for it. Nothing that was not masked and checked as a whole is printed, not even an error.
func (p *Program) shared(ctx context.Context, k *kong.Context) error {
	var config configFlag
	if v := flagOf(k, "config"); v.IsValid() {
		config.Config, _ = reflect.TypeAssert[[]string](v)
	}
	cl, _, err := config.client()
	if err != nil {
		return err
	}
	var out, errs bytes.Buffer
	masked := &Program{Builtin: p.Builtin, Stdin: p.Stdin, Stdout: &out, Stderr: &errs, cells: true}
	failed := k.Run(masked)
	code := masked.report(failed)
	errText := errs.Bytes()
	text, err := p.mask(ctx, cl, out.Bytes(), isSet(k, "json"))
	if err != nil {
		return err
	}
	complaint, err := p.mask(ctx, cl, errText, false)
	if err != nil {
		return err
	}
	if _, err := p.Stdout.Write(text); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	if _, err := p.Stderr.Write(complaint); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	if code != exitOK {
		return exitQuietly(code)
	}
	return nil
}

// mask has the agent mask an output. Whatever keeps it from doing so is a refusal.
func (p *Program) mask(ctx context.Context, cl *client, out []byte, isJSON bool) ([]byte, error) {
	if len(out) == 0 {
		return nil, nil
	}
	var answer agent.ShareAnswer
	err := cl.post(ctx, "/control/share", agent.ShareOrder{Text: string(rawCells.ReplaceAll(out, []byte("\t"))), JSON: isJSON}, &answer)
	switch {
	case errors.Is(err, errNotRunning):
		return nil, failWith(exitRefused, fmt.Errorf("--share needs the agent, which knows what is private: %w", err))
	case err != nil:
		return nil, failWith(exitRefused, fmt.Errorf("nothing is printed: %w", err))
	case answer.Refused != "":
		return nil, failWith(exitRefused, fmt.Errorf("nothing is printed: %s", answer.Refused))
	}
	return []byte(answer.Text), nil
}

// rawCells is the end of a cell that columns leaves for others to lay out. Texts from outside have no such sign left.
var rawCells = regexp.MustCompile("\x1f+\\|")

// columns lays out cells that have a tab between them. Where an output is masked first, the widths are not known yet.
func (p *Program) columns(w io.Writer) *tabwriter.Writer {
	if p.cells {
		return tabwriter.NewWriter(w, 0, 0, 1, '\x1f', tabwriter.Debug)
	}
	return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
}
