package agent

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/sinks"
)

// How a sink is served where its block says nothing.
const (
	DefaultSinkTimeout = 10 * time.Second
	DefaultSinkBatch   = 256
	DefaultRetryFirst  = time.Second
	DefaultRetryMost   = time.Minute
)

// The limits of what a sink block may say. A delivery holds its batch in memory, and one that may take longer than ten
// minutes tells nobody that it hangs.
const (
	maxSinkTimeout = 10 * time.Minute
	maxSinkBatch   = 10_000
	maxSinkBacklog = 1_000_000_000
)

// What happens where as many events wait for a sink as may.
const (
	AtCapBlock      = "block"
	AtCapDropOldest = "drop_oldest"
)

// SinkConfig is one sink block but a blog's: how it is served. What belongs to its type alone is still HCL, since secrets
// are among it, which a command that only asks the agent does not have.
type SinkConfig struct {
	Type, Name string
	// Timeout is of one delivery, which holds Batch events at most.
	Timeout time.Duration
	Batch   int
	// A failed delivery is tried again after RetryFirst, doubling to RetryMost.
	RetryFirst, RetryMost time.Duration
	// MaxBacklog is how many events may wait, 0 for no limit; AtCap is what happens there.
	MaxBacklog int64
	AtCap      string
	// On are the entries of the sink's filter, checked; none means what its type makes of that.
	On []string

	settings settingsBody
}

// sinkAttributes are those of every sink block but a blog's. None is a secret.
var sinkAttributes = []string{"timeout", "batch", "retry_first", "retry_most", "max_backlog", "at_cap", "on"}

func (l *loader) sink(b *hcl.Block) {
	kind := b.Labels[0]
	if kind == "blog" {
		l.blog(b)
		return
	}
	if _, ok := sinkKinds()[kind]; !ok {
		l.fail(b.LabelRanges[0], "Unknown sink", "There is no sink of type %q.%s", kind, suggestion(kind, sinkTypes()))
		return
	}
	if !sourceName.MatchString(b.Labels[1]) {
		l.fail(b.LabelRanges[1], "Not a name", "%q: the name of a sink is letters, digits, \"-\", \"_\" and \".\", at most 63.", b.Labels[1])
	}
	l.cfg.Sinks = append(l.cfg.Sinks, l.served(b))
}

// served reads what every sink may say.
func (l *loader) served(b *hcl.Block) SinkConfig {
	schema := &hcl.BodySchema{}
	for _, n := range sinkAttributes {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: n})
	}
	content, _, diags := b.Body.PartialContent(schema)
	l.diags = append(l.diags, diags...)
	a := attrs{content.Attributes, l.ctx, &l.diags}
	s := SinkConfig{
		Type: b.Labels[0], Name: b.Labels[1],
		Timeout: a.duration("timeout", DefaultSinkTimeout), Batch: a.integer("batch", DefaultSinkBatch, 1, maxSinkBatch),
		RetryFirst: a.duration("retry_first", DefaultRetryFirst), RetryMost: a.duration("retry_most", DefaultRetryMost),
		MaxBacklog: int64(a.integer("max_backlog", 0, 0, maxSinkBacklog)), AtCap: a.oneOf("at_cap", AtCapBlock, AtCapBlock, AtCapDropOldest),
		On:       l.on(a),
		settings: settingsBody{body: b.Body, ctx: l.ctx, block: b.DefRange, dir: l.refs.dir},
	}
	if s.Timeout > maxSinkTimeout {
		l.fail(a.set["timeout"].Expr.Range(), "Duration out of range", "\"timeout\" is the time of one delivery; it takes at most %s.", maxSinkTimeout)
	}
	if attr, ok := a.set["retry_first"]; ok && s.RetryFirst > s.RetryMost {
		l.fail(attr.Expr.Range(), "Duration out of range", "\"retry_first\" is longer than \"retry_most\", which is %s.", s.RetryMost)
	} else if !ok {
		s.RetryFirst = min(s.RetryFirst, s.RetryMost)
	}
	if attr, ok := a.set["at_cap"]; ok && s.MaxBacklog == 0 {
		l.fail(attr.Expr.Range(), "Missing attribute", "\"at_cap\" says what happens once \"max_backlog\" events wait: set that as well, or neither.")
	}
	return s
}

// on reads a sink's filter. Each entry that nothing can match is a mistake.
func (l *loader) on(a attrs) []string {
	var on []string
	r, ok := a.into("on", cty.List(cty.String), &on)
	if ok && len(on) == 0 {
		l.fail(r, "Nothing wanted", "\"on\" is empty, so the sink would get nothing: leave it out, or name types of events.")
	}
	for _, entry := range on {
		_, err := sinks.ParseFilter([]string{entry})
		unknown, ok := errors.AsType[*sinks.Unknown](err)
		if !ok {
			continue
		}
		if unknown.What == "state" && len(unknown.Known) == 0 {
			l.fail(r, "Unknown event", "\"on\" holds %s: its type of events has no state; leave out the \":\" and what follows it.", a.given("on", entry))
			continue
		}
		more := suggestion(unknown.Given, unknown.Known)
		if more == "" && unknown.What == "state" {
			more = fmt.Sprintf(" There are %q.", unknown.Known)
		}
		l.fail(r, "Unknown event", "\"on\" holds %s: there is no such %s of events.%s", a.given("on", entry), unknown.What, more)
	}
	return on
}

func (l *loader) blog(b *hcl.Block) {
	a, blocks := l.content(b, "blog", "git")
	c := BlogConfig{
		Name: b.Labels[1], Dir: l.path(a.str("dir", "")), Flavor: a.oneOf("flavor", "jekyll", "jekyll"),
		Title: a.str("title", defaultSeries), Categories: a.strs("categories"), Tags: a.strs("tags"),
		Notes: l.path(a.str("notes", "")), Phase: a.str("phase", ""),
		LinkStyle:  a.oneOf("link_style", "post_url", "post_url", "baseurl_post_url", "relative", "none"),
		TimeZone:   a.str("timezone", "UTC"),
		RoundTimes: a.oneOf("round_times", "", "minute", "hour", "day"), Templates: l.path(a.str("templates", "")),
	}
	var title bool
	if _, ok := a.into("body_title", cty.Bool, &title); ok {
		c.NoBodyTitle = !title
	}
	l.timezone(a, c.TimeZone)
	if c.Templates != "" {
		if sum, err := blogsink.CheckTemplates(c.Templates); err != nil {
			l.fail(a.set["templates"].Expr.Range(), "Broken template", "%s.", err)
		} else {
			c.templates = sum
		}
	}
	if c.Dir == "" {
		l.fail(b.DefRange, "Missing attribute", "A blog needs \"dir\", the folder that holds _posts and _drafts.")
	}
	if published(c.Dir, c.Notes) {
		l.fail(a.set["notes"].Expr.Range(), "Notes would be published", "The notes lie inside the blog, whose site builder would publish them as they are: put them outside of \"dir\", or into a folder whose name begins with \"_\", such as _notes.")
	}
	for i, g := range blocks {
		if i > 0 {
			l.fail(g.DefRange, "Twice", "A blog has one \"git\" block.")
			continue
		}
		c.GitBranch = l.gitBranch(g)
	}
	l.cfg.Blogs = append(l.cfg.Blogs, c)
}

// gitBranch is the branch that a publication is committed on.
func (l *loader) gitBranch(b *hcl.Block) string {
	a, _ := l.content(b, "git")
	branch := a.str("branch", "")
	attr, ok := a.set["branch"]
	if !ok {
		l.fail(b.DefRange, "Missing attribute", "A \"git\" block needs \"branch\", the one that publications are committed on, such as \"posts\".")
		return ""
	}
	if err := (blogsink.Git{Branch: branch}).Check(); err != nil || branch == "" {
		l.fail(attr.Expr.Range(), "Not a branch", "\"branch\" holds %s, which is no name of a branch; \"posts\" is one.", a.given("branch", branch))
		return ""
	}
	return branch
}

// published reports whether a site builder takes what lies in path for a part of the blog: all of it but what is below a
// name that begins with "_" or ".".
func published(blog, path string) bool {
	if blog == "" || path == "" {
		return false
	}
	rel, err := filepath.Rel(blog, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return false
	}
	return rel == "." || !strings.ContainsAny(rel[:1], "_.") && !strings.Contains(rel, "/_") && !strings.Contains(rel, "/.")
}

// path reads a relative path from the configuration's own folder.
func (l *loader) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(l.refs.dir, p)
}
