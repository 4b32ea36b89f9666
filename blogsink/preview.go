package blogsink

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

//go:embed preview.html
var previewPage string

//go:embed preview.css
var previewStyle string

// Preview is the post as one page of HTML, for its owner's eyes.
type Preview struct {
	// Path is the page in the private folder; "" where it was wanted in HTML alone.
	Path string `json:"path,omitempty"`
	HTML string `json:"html,omitempty"`
	// Findings is what the leak check found in the post: it cannot be approved with any.
	Findings []Place `json:"findings,omitempty"`
}

// previewData is what the page is made of.
type previewData struct {
	Title, Lead, Date, File string
	Style                   template.CSS
	StyleSum                string
	Body                    template.HTML // by the renderer, which lets no HTML of the post through
	Prepared                *Prepared
	Left                    []string // Liquid that a site builder would run, or stumble over
}

// Preview renders the post as a site would show it, beside what was replaced and what the leak check found. The page asks
// nothing of any network. With keep it is written to the private folder, for its owner alone.
func (s *Sink) Preview(ctx context.Context, allowed []string, keep bool) (*Preview, error) {
	if err := s.turn.take(ctx); err != nil {
		return nil, err
	}
	defer s.turn.leave()
	c, err := s.examine(ctx, 0, s.opts.Clock().UTC().Truncate(time.Second), allowed)
	if err != nil {
		return nil, err
	}
	page, err := c.page()
	if err != nil {
		return nil, fmt.Errorf("render the preview: %w", err)
	}
	out := &Preview{Findings: c.Findings}
	if !keep {
		out.HTML = string(page)
		return out, nil
	}
	out.Path = filepath.Join(s.opts.PrivateDir, c.Slug+".preview.html")
	if err := os.MkdirAll(s.opts.PrivateDir, 0o700); err != nil {
		return nil, err
	}
	return out, replace(out.Path, page, 0o600)
}

// page is the candidate as HTML.
func (c *candidate) page() ([]byte, error) {
	post := c.bodies[0].body
	n := headLength(post)
	if n < 0 {
		return nil, errors.New("the front matter does not end")
	}
	_, all, _ := headParts(post[:n])
	var inner bytes.Buffer
	for _, f := range all {
		inner.Write(f.text)
	}
	var front struct{ Title, Description string }
	if err := yaml.Unmarshal(inner.Bytes(), &front); err != nil {
		return nil, fmt.Errorf("front matter: %s", plainYAML(err))
	}
	text, left := resolveLiquid(string(post[n:]))
	body, err := renderMarkdown([]byte(text), c.pictures())
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(previewStyle))
	t, err := template.New("preview").Parse(previewPage)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, previewData{
		Title: front.Title, Lead: front.Description, Date: c.Date, File: c.File, Style: template.CSS(previewStyle),
		StyleSum: base64.StdEncoding.EncodeToString(sum[:]), Body: template.HTML(body), Prepared: &c.Prepared, Left: left,
	})
	return b.Bytes(), err
}

// pictures are the files beside the post, by the path that the post names them by, as data of the page itself.
func (c *candidate) pictures() map[string]string {
	out := map[string]string{}
	for _, f := range c.bodies[1:] {
		if strings.HasSuffix(f.name, ".svg") {
			out["/"+f.name] = "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(f.body)
		}
	}
	return out
}
