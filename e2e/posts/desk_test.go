package posts

import (
	"context"
	"slices"
	"testing"

	"github.com/quorate/quorate/blogsink"
)

// desk keeps in memory what the agent keeps in its store: what was approved and published.
type desk struct {
	approvals []blogsink.Approval
	out       []blogsink.Publication
}

func (d *desk) Approval(_ context.Context, blog string) (blogsink.Approval, bool, error) {
	for _, a := range d.approvals {
		if a.Blog == blog {
			return a, true, nil
		}
	}
	return blogsink.Approval{}, false, nil
}

func (d *desk) PutApproval(ctx context.Context, a blogsink.Approval) error {
	d.approvals = append(slices.DeleteFunc(d.approvals, func(o blogsink.Approval) bool { return o.Blog == a.Blog }), a)
	return ctx.Err()
}

func (d *desk) DropApproval(ctx context.Context, blog, slug string) error {
	d.approvals = slices.DeleteFunc(d.approvals, func(a blogsink.Approval) bool { return a.Blog == blog && a.Slug == slug })
	return ctx.Err()
}

func (d *desk) Published(_ context.Context, blog string) ([]blogsink.Publication, error) {
	var out []blogsink.Publication
	for _, p := range d.out {
		if p.Blog == blog {
			out = append(out, p)
		}
	}
	return out, nil
}

func (d *desk) PutPublished(ctx context.Context, p blogsink.Publication) error {
	d.out = append(slices.DeleteFunc(d.out, func(o blogsink.Publication) bool { return o.File == p.File }), p)
	return d.DropApproval(ctx, p.Blog, p.Slug)
}

// publish takes the draft through a person's approval into the blog.
func (h *home) publish(t testing.TB) *blogsink.Outcome {
	t.Helper()
	shown, err := h.sink.Prepare(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	h.shown = append(h.shown, shown)
	if _, err := h.sink.Approve(t.Context(), shown.SHA256, "owner"); err != nil {
		t.Fatalf("%v: %+v", err, shown.Findings)
	}
	out, err := h.sink.Publish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return out
}
