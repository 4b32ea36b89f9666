package agent

import (
	"context"
	"path/filepath"
	"time"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/sanitize"
	"github.com/quorate/quorate/internal/store"
	"github.com/quorate/quorate/pipeline"
)

// selfPath is the running binary, also after an upgrade has replaced its file.
const selfPath = "/proc/self/exe"

// blog is a sink that can be asked for its draft.
type blog struct{ *blogsink.Sink }

// draft brings the draft up to date. It returns where it lies and where its private original does.
func (b *blog) draft(ctx context.Context) (post, original string, err error) {
	if post, err = b.Draft(ctx); err != nil {
		return "", "", err
	}
	return post, b.Original(), nil
}

// newBlog wires a blog to the record. The leak check runs as a process of its own: the same binary, nothing shared.
func (a *Agent) newBlog(c BlogConfig) (*blog, error) {
	private := filepath.Join(a.dataDir, "posts", device.Slug(c.Name))
	table, err := a.table()
	if err != nil {
		return nil, err
	}
	s, err := blogsink.New(blogsink.Config{
		Name: c.Name, Dir: c.Dir, Flavor: c.Flavor, Title: c.Title, Categories: c.Categories, Tags: c.Tags, Phase: c.Phase, Notes: c.Notes,
		LinkStyle: c.LinkStyle, NoBodyTitle: c.NoBodyTitle, TimeZone: c.TimeZone, RoundTimes: c.RoundTimes, Templates: c.Templates,
		Git: blogsink.Git{Branch: c.GitBranch},
	}, blogsink.Options{
		Log: a.log, History: &history{a}, Table: table, Desk: desk{a.store}, PrivateDir: private,
		Registry:   a.privateValues,
		Verify:     blogsink.CommandVerify(selfPath, "post", "verify", "--only-registry"),
		VerifyPost: blogsink.CommandVerifyPost(selfPath, "post", "verify", "--only-registry"),
		Emit:       func(ctx context.Context, e device.Event) error { return a.pipe.AddEvents(ctx, []device.Event{e}) },
		Version:    a.opt.Version,
		Simulated:  a.opt.Simulated,
	})
	if err != nil {
		return nil, err
	}
	return &blog{s}, nil
}

// openTable makes the table of aliases, of which there is one: all that is shown of this home has the same fictions.
func (a *Agent) openTable() (*sanitize.Table, error) {
	key, err := sanitize.LoadKey(filepath.Join(a.dataDir, "site.key"))
	if err != nil {
		return nil, err
	}
	return sanitize.NewTable(key, aliases{a.store}, sanitize.TableOptions{})
}

// blogTimeout bounds the making of one draft: it waits for a burst to end, reads the record, draws, and has the result
// checked by another process.
const blogTimeout = 2 * time.Minute

func blogRoute(b *blog) pipeline.Route { return pipeline.Route{Sink: b, Timeout: blogTimeout} }

// history is what a post is written from.
type history struct{ a *Agent }

func (h *history) Events(ctx context.Context, after int64, limit int) ([]device.Event, error) {
	return h.a.store.Events(ctx, after, limit)
}

func (h *history) Devices(context.Context) ([]device.Current, error) { return h.a.Devices(), nil }

func (h *history) Sources(context.Context) ([]device.SourceStatus, error) {
	return (&reader{h.a}).Sources(now()), nil
}

func (h *history) Scores(context.Context) (device.Scoreboard, error) { return h.a.Scores(), nil }

// aliases keeps the fictional values in the record, so that they survive restarts.
type aliases struct{ store *store.Store }

func (s aliases) Aliases(ctx context.Context) ([]sanitize.Row, error) {
	stored, err := s.store.Aliases(ctx)
	rows := make([]sanitize.Row, len(stored))
	for i, r := range stored {
		rows[i] = sanitize.Row(r)
	}
	return rows, err
}

func (s aliases) PutAlias(ctx context.Context, r sanitize.Row) error {
	return s.store.PutAlias(ctx, store.Alias(r))
}
