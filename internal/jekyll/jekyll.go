// Package jekyll builds blogs with Debian's Jekyll and has html-proofer read the result, for tests that need the real
// ones. A blog is copied before it is built: nothing is written into it. Nothing is downloaded, and what is missing is
// named by its Debian package.
package jekyll

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// MissingError names a program that is not installed.
type MissingError struct{ Program, Package string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s is missing (Debian package %s)", e.Program, e.Package)
}

// Options is how a site is built.
type Options struct {
	// BaseURL is the path under which the site lies, such as "/blog"; "" is the root.
	BaseURL string
	// Theme is "minima", which Jekyll's own new blogs have, or "" for a layout that shows nothing but the post.
	Theme string
	// Published leaves drafts out.
	Published bool
}

// Site is a built blog.
type Site struct {
	// Root is the folder that a server would serve; the site lies in it under its BaseURL.
	Root string
	// Pages are the HTML files by their paths under the BaseURL, with "/".
	Pages map[string]string
	// Feed is what jekyll-feed wrote.
	Feed string

	base string
}

//go:embed layout.html
var layout []byte

// config is the site's; its plugins are those that GitHub Pages always has.
const config = `title: Blog of a test
description: What happened in a lab.
url: https://blog.example.net
baseurl: "%s"
timezone: UTC
plugins: [jekyll-feed, jekyll-seo-tag]
author: The owner
lang: en
`

// complaint is what Jekyll says of a mistake that it builds past.
var complaint = regexp.MustCompile(`(?i)warning|error|skipping|deprecat|conflict`)

// Build builds the blog in dir, with all its posts, into a folder of work, which exists. Whatever Jekyll complains of
// is an error: it goes on after most mistakes.
func Build(ctx context.Context, dir, work string, o Options) (*Site, error) {
	bin, err := exec.LookPath("jekyll")
	if err != nil {
		return nil, &MissingError{"jekyll", "jekyll"}
	}
	source, err := os.MkdirTemp(work, "source-")
	if err != nil {
		return nil, err
	}
	if err := os.CopyFS(source, os.DirFS(dir)); err != nil {
		return nil, fmt.Errorf("copy the blog: %w", err)
	}
	if err := scaffold(source, o); err != nil {
		return nil, fmt.Errorf("scaffold: %w", err)
	}
	s := &Site{Pages: map[string]string{}, base: o.BaseURL}
	if s.Root, err = os.MkdirTemp(work, "site-"); err != nil {
		return nil, err
	}
	out := filepath.Join(s.Root, filepath.FromSlash(o.BaseURL))
	args := []string{"build", "--strict_front_matter", "--disable-disk-cache", "--source", source, "--destination", out}
	if !o.Published {
		args = append(args, "--drafts")
	}
	log, err := run(ctx, source, bin, args...)
	if err != nil {
		return nil, fmt.Errorf("jekyll: %w\n%s", err, log)
	}
	if said := complaint.FindString(log); said != "" {
		return nil, fmt.Errorf("jekyll says %q:\n%s", said, log)
	}
	return s, s.read(out)
}

// scaffold puts beside the posts what every blog has.
func scaffold(dir string, o Options) error {
	text := fmt.Sprintf(config, o.BaseURL)
	index := "---\nlayout: default\ntitle: Posts\n---\n\n{% for post in site.posts %}- [{{ post.title }}]({{ post.url | relative_url }})\n{% endfor %}\n"
	if o.Theme != "" {
		text += "theme: " + o.Theme + "\n"
		index = "---\nlayout: home\n---\n"
	}
	err := errors.Join(
		os.WriteFile(filepath.Join(dir, "_config.yml"), []byte(text), 0o644),
		os.WriteFile(filepath.Join(dir, "index.md"), []byte(index), 0o644),
	)
	if o.Theme != "" {
		return err
	}
	layouts := filepath.Join(dir, "_layouts")
	return errors.Join(err, os.MkdirAll(layouts, 0o755), os.WriteFile(filepath.Join(layouts, "default.html"), layout, 0o644),
		os.WriteFile(filepath.Join(layouts, "post.html"), layout, 0o644))
}

// run runs a Ruby program in a clean environment.
func run(ctx context.Context, dir, bin string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LANG=C.UTF-8", "TZ=UTC", "JEKYLL_ENV=production", "JEKYLL_NO_BUNDLER_REQUIRE=true"}
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (s *Site) read(out string) error {
	feed, err := os.ReadFile(filepath.Join(out, "feed.xml"))
	if err != nil {
		return err
	}
	s.Feed = string(feed)
	return filepath.WalkDir(out, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".html" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(out, path)
		s.Pages[filepath.ToSlash(rel)] = string(b)
		return err
	})
}

// Page returns the path and the HTML of the one page whose path ends so.
func (s *Site) Page(suffix string) (path, html string, ok bool) {
	for p, text := range s.Pages {
		if strings.HasSuffix(p, suffix) {
			if ok {
				return "", "", false
			}
			path, html, ok = p, text, true
		}
	}
	return path, html, ok
}

// Proof has html-proofer read every page: each link and image within the site must lead somewhere, each image must have
// a text in its place.
func (s *Site) Proof(ctx context.Context) error {
	bin, err := exec.LookPath("htmlproofer")
	if err != nil {
		return &MissingError{"htmlproofer", "ruby-html-proofer"}
	}
	// The canonical addresses of jekyll-seo-tag lead to a host that there is not.
	log, err := run(ctx, s.Root, bin, "--disable-external", "--check-html", "--assume-extension", s.Root)
	if err != nil {
		return fmt.Errorf("html-proofer: %w\n%s", err, log)
	}
	return nil
}
