package blogsink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/quorate/quorate/internal/leakcheck"
)

// contextForm is raised when a reader of the JSON of `quorate post context` would have to change.
const contextForm = 1

// contextOf is everything that a post shows as JSON: each figure with its query, and the facts that templates see. It is
// the same for a draft and for what is published of it.
func contextOf(f *Facts, g *figures) ([]byte, error) {
	facts := *f
	facts.Date, facts.Provenance.Final, facts.Provenance.Edited, facts.Provenance.Context = Stamp{}, false, false, Digest{}
	tree, err := told(reflect.ValueOf(facts))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(struct {
		Form    int      `json:"form"`
		After   int64    `json:"after"`
		Covers  int64    `json:"covers"`
		Figures []figure `json:"figures"`
		Facts   any      `json:"facts"`
	}{contextForm, g.after, g.last, g.sorted(), tree})
	return b.Bytes(), err
}

// told turns facts into what encoding/json writes with keys in order: structs into objects with names in small letters,
// lengths of time into seconds, and the leaves into what a post writes of them.
func told(v reflect.Value) (any, error) {
	switch x := v.Interface().(type) {
	case Count:
		return int(x), nil
	case Span:
		return int(time.Duration(x) / time.Second), nil
	case Stamp:
		if x.IsZero() {
			return nil, nil
		}
		return x.rounded().Format(time.RFC3339), nil
	case fmt.Stringer:
		return x.String(), nil
	}
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int64:
		return v.Int(), nil
	case reflect.Float64:
		return v.Float(), nil
	case reflect.Slice:
		out := make([]any, v.Len())
		for i := range out {
			var err error
			if out[i], err = told(v.Index(i)); err != nil {
				return nil, err
			}
		}
		return out, nil
	case reflect.Pointer:
		return told(v.Elem())
	case reflect.Struct:
		out := map[string]any{}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			if v.Field(i).Kind() == reflect.Pointer && v.Field(i).IsNil() {
				continue // there is none
			}
			value, err := told(v.Field(i))
			if err != nil {
				return nil, err
			}
			out[snake(f.Name)] = value
		}
		return out, nil
	}
	return nil, fmt.Errorf("the context of a post cannot hold a %s", v.Type())
}

// snake turns FalseAlarms into false_alarms.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Context is everything that a post shows as JSON: figures with the queries that give them again, and facts. Devices and
// monitors go by their fictional names in it. Milestone is a published one, or 0 for the post of now. A *RefusedError says that
// the leak check found something else, a *DeclinedError that there is no such post.
func (s *Sink) Context(ctx context.Context, milestone int) ([]byte, error) {
	if err := s.turn.take(ctx); err != nil {
		return nil, err
	}
	defer s.turn.leave()
	doc, err := s.compose(ctx)
	if err != nil && (milestone == 0 || !errors.Is(err, ErrNothing)) {
		return nil, fmt.Errorf("compose the post: %w", err)
	}
	if milestone != 0 && (doc == nil || milestone != doc.number) {
		return s.publishedContext(ctx, milestone)
	}
	if found := leakcheck.New(doc.registry).Check("context.json", ownWords.ReplaceAll(doc.context, nil)); len(found) > 0 {
		return nil, &RefusedError{Findings: found}
	}
	return doc.context, nil
}

// ownWords are the lines made of the program's own words, numbers and aliases alone. Columns in queries, and words with
// dots between, look like the names of hosts.
var ownWords = regexp.MustCompile(`(?m)^ *"(?:id|query)": "(?:[^"\\]|\\.)*",?$`)

// contextPath is where the context of a published post is kept.
func (s *Sink) contextPath(post string) string {
	return filepath.Join(s.opts.PrivateDir, strings.TrimSuffix(filepath.Base(post), ".md")+".context.json")
}

func (s *Sink) publishedContext(ctx context.Context, milestone int) ([]byte, error) {
	if s.opts.Desk != nil {
		all, err := s.opts.Desk.Published(ctx, s.cfg.Name)
		if err != nil {
			return nil, fmt.Errorf("publications: %w", err)
		}
		for _, p := range slices.Backward(all) {
			if p.Milestone != milestone {
				continue
			}
			b, err := os.ReadFile(s.contextPath(p.File))
			if err == nil || !errors.Is(err, fs.ErrNotExist) {
				return b, err
			}
		}
	}
	return nil, &DeclinedError{fmt.Sprintf("milestone %d has no post whose figures are kept: \"quorate post list\" shows those there are", milestone)}
}
