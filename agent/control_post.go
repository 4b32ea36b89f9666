package agent

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/quorate/quorate/blogsink"
)

// unpublished says why a post is not approved, or not published; its text is for the person who wanted it.
type unpublished struct{ text string }

func (e *unpublished) Error() string { return e.text }

// postProblem sorts what a blog says by who can mend it.
func postProblem(err error) error {
	_, refused := errors.AsType[*blogsink.RefusedError](err)
	_, void := errors.AsType[*blogsink.VoidedError](err)
	_, declined := errors.AsType[*blogsink.DeclinedError](err)
	_, broken := errors.AsType[*blogsink.BrokenError](err)
	switch {
	case err == nil:
		return nil
	case refused || void || declined:
		return &unpublished{err.Error()}
	case broken || errors.Is(err, blogsink.ErrNothing):
		return &mistake{err.Error()}
	}
	return err
}

// controlPosts serves the way of a post from its draft to its publication.
func (a *Agent) controlPosts(mux *http.ServeMux) {
	mux.HandleFunc("POST /control/post/draft", func(w http.ResponseWriter, r *http.Request) {
		answer, err := a.commandDraft(r.Context())
		if err != nil {
			answerProblem(a, w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	})
	control(a, mux, "/control/post/preview", a.commandPreview)
	control(a, mux, "/control/post/context", a.commandContext)
	control(a, mux, "/control/post/prepare", a.commandPrepare)
	control(a, mux, "/control/post/approve", a.commandApprove)
	control(a, mux, "/control/post/publish", a.commandPublish)
}

// DraftAnswer is where a draft lies, with what belongs to it.
type DraftAnswer struct {
	Post     string `json:"post"`
	Original string `json:"original"`
	// Proposed holds what could not be worked into the draft, since a person wrote there.
	Proposed string `json:"proposed,omitempty"`
}

func (a *Agent) commandDraft(ctx context.Context) (DraftAnswer, error) {
	b, err := a.blog()
	if err != nil {
		return DraftAnswer{}, err
	}
	post, original, err := b.draft(ctx)
	if err != nil {
		return DraftAnswer{}, &mistake{err.Error()} // a note, a marker or a leak: the person's to mend
	}
	return DraftAnswer{post, original, b.Proposal()}, nil
}

// PreviewOrder asks for the post as a page.
type PreviewOrder struct {
	// Inline wants the page in the answer, and no file of it.
	Inline  bool     `json:"inline,omitempty"`
	Allowed []string `json:"allowed,omitempty"`
}

func (a *Agent) commandPreview(ctx context.Context, o PreviewOrder) (blogsink.Preview, error) {
	b, err := a.blog()
	if err != nil {
		return blogsink.Preview{}, err
	}
	p, err := b.Preview(ctx, o.Allowed, !o.Inline)
	if err != nil {
		return blogsink.Preview{}, postProblem(err)
	}
	return *p, nil
}

// PrepareOrder asks for the bytes that would be published.
type PrepareOrder struct {
	// Allowed are tokens that look like identifiers and may pass.
	Allowed []string `json:"allowed,omitempty"`
}

func (a *Agent) commandPrepare(ctx context.Context, o PrepareOrder) (blogsink.Prepared, error) {
	b, err := a.blog()
	if err != nil {
		return blogsink.Prepared{}, err
	}
	p, err := b.Prepare(ctx, o.Allowed)
	if err != nil {
		return blogsink.Prepared{}, postProblem(err)
	}
	return *p, nil
}

// ApproveOrder is a person's decision on what was prepared.
type ApproveOrder struct {
	// SHA256 is that of the prepared post, or the first eight of its digits or more.
	SHA256 string `json:"sha256"`
}

func (a *Agent) commandApprove(ctx context.Context, o ApproveOrder) (blogsink.Prepared, error) {
	b, err := a.blog()
	if err != nil {
		return blogsink.Prepared{}, err
	}
	p, err := b.Approve(ctx, o.SHA256, peer(ctx))
	if err != nil {
		return blogsink.Prepared{}, postProblem(err)
	}
	return *p, nil
}

func (a *Agent) commandPublish(ctx context.Context, _ struct{}) (blogsink.Outcome, error) {
	b, err := a.blog()
	if err != nil {
		return blogsink.Outcome{}, err
	}
	a.opening.Lock() // it ends the open milestone
	defer a.opening.Unlock()
	// Whoever asked may go away: a publication that has begun is brought to its end.
	out, err := b.Publish(context.WithoutCancel(ctx))
	if err != nil {
		return blogsink.Outcome{}, postProblem(err)
	}
	return *out, nil
}
