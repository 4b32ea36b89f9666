package blogsink

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/leakcheck"
)

// RefusedError says that the leak check did not let a draft pass: it found something, or it failed.
type RefusedError struct {
	Findings []leakcheck.Finding
	// Where says in words where each finding is; nil where that is not known.
	Where []string
	Cause error // why the check failed, where it did
}

// Error names kinds and offsets, and never a value.
func (e *RefusedError) Error() string {
	if e.Cause != nil {
		return "the draft is refused: the leak check failed: " + e.Cause.Error()
	}
	var parts []string
	for i, f := range e.Findings {
		if i == 8 {
			parts = append(parts, fmt.Sprintf("and %d more", len(e.Findings)-i))
			break
		}
		if f.Offset < 0 {
			parts = append(parts, f.Kind+" in the file's name")
			continue
		}
		where := ""
		if i < len(e.Where) && e.Where[i] != "" {
			where = " (" + e.Where[i] + ")"
		}
		parts = append(parts, fmt.Sprintf("%s at byte %d%s", f.Kind, f.Offset, where))
	}
	return "the draft is refused, something private is left: " + strings.Join(parts, ", ")
}

// kinds is what was found without the places, which move with every draft.
func (e *RefusedError) kinds() string {
	if e.Cause != nil {
		return e.Error()
	}
	var all []string
	for _, f := range e.Findings {
		all = append(all, f.Kind)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// Unwrap returns the cause of a failed check.
func (e *RefusedError) Unwrap() error { return e.Cause }

// VerifyFunc checks files against a registry file (see leakcheck.LoadRegistry). It returns what it finds; an error
// means that it could not check.
type VerifyFunc func(ctx context.Context, registry string, files []string) ([]leakcheck.Finding, error)

// file is one of those that are published together: the base name, and the bytes.
type file struct {
	name string
	body []byte
}

// gate reads a document with the text that its file is to have, and the files beside it.
func (s *Sink) gate(ctx context.Context, d *document, body []byte) error {
	files := []file{{d.slug + ".md", body}}
	for _, a := range d.assets {
		files = append(files, file(a))
	}
	return s.check(ctx, d.registry, files)
}

// check reads finished bytes, in this process and in one of its own. Nothing but a clean answer of both passes.
func (s *Sink) check(ctx context.Context, reg leakcheck.Registry, files []file) error {
	checker := leakcheck.New(reg)
	var found []leakcheck.Finding
	for _, f := range files {
		found = append(found, checker.Check(f.name, f.body)...)
	}
	if len(found) > 0 {
		return &RefusedError{Findings: found}
	}
	return s.elsewhere(ctx, s.opts.Verify, reg, files)
}

// checkFinal reads the bytes that are to be published. Besides what check looks for, whatever could identify something
// must be of a form that posts have, or among the words that a person let pass.
func (s *Sink) checkFinal(ctx context.Context, reg leakcheck.Registry, allowed []string, files []file) error {
	checker := leakcheck.New(reg)
	var found []leakcheck.Finding
	for _, f := range files {
		found = append(found, checker.CheckPost(f.name, f.body, allowed)...)
	}
	if len(found) > 0 {
		return &RefusedError{Findings: found}
	}
	verify := s.opts.Verify
	if s.opts.VerifyPost != nil {
		verify = func(ctx context.Context, registry string, files []string) ([]leakcheck.Finding, error) {
			return s.opts.VerifyPost(ctx, registry, files, allowed)
		}
	}
	return s.elsewhere(ctx, verify, reg, files)
}

// elsewhere has a process of its own read finished bytes; a nil verify reads nothing.
func (s *Sink) elsewhere(ctx context.Context, verify VerifyFunc, reg leakcheck.Registry, files []file) error {
	if verify == nil {
		return nil
	}
	found, err := s.verify(ctx, verify, reg, files)
	if err != nil {
		return &RefusedError{Cause: err}
	}
	if len(found) > 0 {
		return &RefusedError{Findings: found}
	}
	return nil
}

// verify hands the bytes to the other process in a folder that nobody else reads.
func (s *Sink) verify(ctx context.Context, verify VerifyFunc, reg leakcheck.Registry, files []file) ([]leakcheck.Finding, error) {
	if err := os.MkdirAll(s.opts.PrivateDir, 0o700); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(s.opts.PrivateDir, ".check-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the folder is private, and the next check makes its own
	b, err := json.Marshal(reg)
	if err != nil {
		return nil, err
	}
	registry := filepath.Join(dir, ".registry")
	if err := os.WriteFile(registry, b, 0o600); err != nil {
		return nil, err
	}
	var paths []string
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if err := os.WriteFile(path, f.body, 0o600); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	limit := cmp.Or(s.opts.VerifyLimit, DefaultVerifyLimit)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the leak check took more than %s", limit))
	defer cancel()
	found, err := verify(ctx, registry, paths)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return found, err
}

// DefaultVerifyLimit is how long the check may take; a post takes it a fraction of a second.
const DefaultVerifyLimit = 30 * time.Second

// found is the exit code of "quorate post verify" with findings.
const foundCode = 5

// VerifyPostFunc is a VerifyFunc for finished posts: each token that could identify something must be of a form that posts
// have, or among the allowed.
type VerifyPostFunc func(ctx context.Context, registry string, files, allowed []string) ([]leakcheck.Finding, error)

// CommandVerifyPost is CommandVerify with "--post" and an "--allow" for each of the allowed.
func CommandVerifyPost(argv ...string) VerifyPostFunc {
	return func(ctx context.Context, registry string, files, allowed []string) ([]leakcheck.Finding, error) {
		all := append(slices.Clone(argv), "--post")
		for _, word := range allowed {
			all = append(all, "--allow="+word)
		}
		return CommandVerify(all...)(ctx, registry, files)
	}
}

// CommandVerify runs argv with "--registry FILE --json FILE..." behind it, as "quorate post verify" takes them, and
// reads its findings. Exit 0 with no finding is clean, exit 5 with findings is not, and anything else is an error.
func CommandVerify(argv ...string) VerifyFunc {
	return func(ctx context.Context, registry string, files []string) ([]leakcheck.Finding, error) {
		args := append(append([]string{}, argv[1:]...), "--registry", registry, "--json")
		cmd := exec.CommandContext(ctx, argv[0], append(args, files...)...)
		cmd.WaitDelay = time.Second
		out, err := cmd.Output()
		var exit *exec.ExitError
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err == nil:
		case errors.As(err, &exit) && exit.ExitCode() == foundCode:
		case errors.As(err, &exit):
			return nil, fmt.Errorf("the leak check ended with %s", exit.ProcessState)
		default:
			return nil, fmt.Errorf("run the leak check: %w", err)
		}
		found, bad := decodeFindings(out)
		switch {
		case bad != nil:
			return nil, fmt.Errorf("read the leak check's answer: %w", bad)
		case (err != nil) != (len(found) > 0):
			return nil, errors.New("the leak check's exit code and its findings contradict each other")
		}
		return found, nil
	}
}

// decodeFindings reads findings one after the other, or lists of them.
func decodeFindings(out []byte) ([]leakcheck.Finding, error) {
	var all []leakcheck.Finding
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		var many []leakcheck.Finding
		if json.Unmarshal(raw, &many) != nil {
			var one leakcheck.Finding
			if err := json.Unmarshal(raw, &one); err != nil {
				return nil, err
			}
			many = []leakcheck.Finding{one}
		}
		all = append(all, many...)
	}
}
