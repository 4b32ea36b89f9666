package blogsink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/leakcheck"
)

// RefusedError says that the leak check did not let a draft pass: it found something, or it failed.
type RefusedError struct {
	Findings []leakcheck.Finding
	Cause    error // why the check failed, where it did
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
		parts = append(parts, fmt.Sprintf("%s at byte %d", f.Kind, f.Offset))
	}
	return "the draft is refused, something private is left: " + strings.Join(parts, ", ")
}

// Unwrap returns the cause of a failed check.
func (e *RefusedError) Unwrap() error { return e.Cause }

// VerifyFunc checks files against a registry file (see leakcheck.LoadRegistry). It returns what it finds; an error
// means that it could not check.
type VerifyFunc func(ctx context.Context, registry string, files []string) ([]leakcheck.Finding, error)

// gate reads the finished bytes, in this process and in one of its own. Nothing but a clean answer of both passes.
func (s *Sink) gate(ctx context.Context, d *draft) error {
	if found := leakcheck.New(d.registry).Check(d.slug+".md", d.body); len(found) > 0 {
		return &RefusedError{Findings: found}
	}
	if s.opts.Verify == nil {
		return nil
	}
	found, err := s.verify(ctx, d)
	if err != nil {
		return &RefusedError{Cause: err}
	}
	if len(found) > 0 {
		return &RefusedError{Findings: found}
	}
	return nil
}

// verify hands the bytes to the other process in a folder that nobody else reads.
func (s *Sink) verify(ctx context.Context, d *draft) ([]leakcheck.Finding, error) {
	if err := os.MkdirAll(s.opts.PrivateDir, 0o700); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(s.opts.PrivateDir, ".check-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the folder is private, and the next check makes its own
	reg, err := json.Marshal(d.registry)
	if err != nil {
		return nil, err
	}
	registry, post := filepath.Join(dir, "registry.json"), filepath.Join(dir, d.slug+".md")
	if err := errors.Join(os.WriteFile(registry, reg, 0o600), os.WriteFile(post, d.body, 0o600)); err != nil {
		return nil, err
	}
	return s.opts.Verify(ctx, registry, []string{post})
}

// verifyLimit is how long the check may take; a post takes it a fraction of a second.
const verifyLimit = 30 * time.Second

// found is the exit code of "quorate post verify" with findings.
const foundCode = 5

// CommandVerify runs argv with "--registry FILE --json FILE..." behind it, as "quorate post verify" takes them, and
// reads its findings. Exit 0 with no finding is clean, exit 5 with findings is not, and anything else is an error.
func CommandVerify(argv ...string) VerifyFunc {
	return func(ctx context.Context, registry string, files []string) ([]leakcheck.Finding, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, verifyLimit, fmt.Errorf("the leak check took more than %s", verifyLimit))
		defer cancel()
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
