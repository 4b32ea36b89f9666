package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
	"github.com/quorate/quorate/internal/leakcheck"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/internal/view/viewtest"
)

// sum is the hash of the post of the tests.
const sum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// orders is a view.Actor that keeps what it was told, and refuses where refuse is set.
type orders struct {
	view.Actor
	refuse error
	note   blogsink.NewNote
	said   []string
	post   blogsink.Prepared
}

func (o *orders) say(what string) error {
	if o.refuse != nil {
		return o.refuse
	}
	o.said = append(o.said, what)
	return nil
}

func (o *orders) AddNote(_ context.Context, n blogsink.NewNote) (device.Note, error) {
	o.note = n
	return device.Note{}, o.say("note")
}
func (o *orders) Draft(context.Context) error { return o.say("draft") }
func (o *orders) PreparePost(context.Context, []string) (blogsink.Prepared, error) {
	return o.post, nil
}

func (o *orders) PreviewPost(context.Context, []string) (blogsink.Preview, error) {
	return blogsink.Preview{HTML: "<!doctype html><title>Preview</title>"}, o.say("preview")
}

func (o *orders) ApprovePost(_ context.Context, sha256 string) (blogsink.Prepared, error) {
	return o.post, o.say("approve " + sha256)
}

func (o *orders) PublishPost(context.Context) (blogsink.Outcome, error) {
	return blogsink.Outcome{}, o.say("publish")
}

func (o *orders) StartMaintenance(_ context.Context, targets []string, span time.Duration, reason string) ([]device.Name, time.Time, error) {
	return nil, time.Time{}, o.say("start " + strings.Join(targets, "+") + " " + span.String() + " " + reason)
}

func (o *orders) EndMaintenance(_ context.Context, target, reason string) ([]device.Name, error) {
	return nil, o.say("end " + target + " " + reason)
}

func (o *orders) Reload(_ context.Context, dry bool) (view.Reload, error) {
	if dry {
		return view.Reload{Changed: []string{"source \"prtg\" is new"}}, o.say("try reload")
	}
	return view.Reload{}, o.say("reload")
}

func (o *orders) ReplayRejected(_ context.Context, numbers []int64) (int64, error) {
	return int64(len(numbers)), o.say("replay")
}

func (o *orders) DropRejected(_ context.Context, numbers []int64) (int64, error) {
	return int64(len(numbers)), o.say("drop")
}

// serveAs is the page for a caller with some scopes, with the gate's decision as the server makes it.
func serveAs(t *testing.T, l *viewtest.Lab, act view.Actor, scopes ...access.Scope) http.Handler {
	t.Helper()
	site, err := New(Options{Read: l, Act: act, Name: func() string { return "home" }, Now: func() time.Time { return viewtest.Noon }})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, route := range site.Routes() {
		mux.HandleFunc(route.Pattern(), func(w http.ResponseWriter, r *http.Request) {
			if !access.Held(scopes, route.Scope) {
				http.Error(w, "no", http.StatusForbidden)
				return
			}
			route.Handler.ServeHTTP(w, r.WithContext(access.WithCaller(r.Context(), access.Caller{Kind: access.CallerSession, Scopes: scopes})))
		})
	}
	return mux
}

// post sends a form.
func post(t *testing.T, h http.Handler, path string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	h.ServeHTTP(w, r)
	return w
}

// wantOrder sends a form and wants it carried out, with a way on.
func wantOrder(t *testing.T, o *orders, h http.Handler, path string, form url.Values, order, to string) {
	t.Helper()
	before := len(o.said)
	w := post(t, h, path, form)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != to {
		t.Errorf("%s: %d to %q, want %q\n%.600s", path, w.Code, w.Header().Get("Location"), to, w.Body)
	}
	if len(o.said) != before+1 || o.said[before] != order {
		t.Errorf("%s: it was ordered %q, want %q", path, o.said[before:], order)
	}
}

func TestNotes(t *testing.T) {
	l, o := viewtest.NewLab(), &orders{}
	h := serveAs(t, l, o, access.Read, access.Annotate)
	wantIn(t, fetch(t, h, "/milestones").Body.String(), "No more cables", "A loop", "event 1</a>", `<form method="post" action="/milestones"`, "<option>challenge</option>")
	form := url.Values{"kind": {"challenge"}, "title": {"A loop"}, "text": {" two lines\nof text "}, "evidence": {"41, 57"}, "hours": {"1,5"}, "milestone": {"3"}}
	wantOrder(t, o, h, "/milestones", form, "note", "/milestones?done=noted")
	if n := o.note; n.Kind != "challenge" || n.Text != "two lines\nof text" || len(n.Evidence) != 2 || n.Evidence[1] != 57 || n.Hours != 1.5 || n.Milestone != 3 {
		t.Errorf("noted %+v", n)
	}
	wantIn(t, fetch(t, h, "/milestones?done=noted").Body.String(), "It is noted")
	if page := fetch(t, h, "/milestones?done=%3Cb%3E").Body.String(); strings.Contains(page, "n-up") {
		t.Error("the address says what was done")
	}

	// What is refused is said beside the form, with what was typed.
	for _, c := range []struct {
		field, value, why string
		refuse            error
		status            int
	}{
		{"hours", "many", "The hours are a number", nil, http.StatusUnprocessableEntity},
		{"evidence", "the first", "The events are numbers", nil, http.StatusUnprocessableEntity},
		{"milestone", "last", "The milestone is a number", nil, http.StatusUnprocessableEntity},
		{"text", hostile, "there is no event 41", &view.Refused{Text: "there is no event 41" + hostile}, http.StatusUnprocessableEntity},
		{"text", hostile, "not now", &view.Refused{Conflict: true, Text: "not now"}, http.StatusConflict},
		{"text", "/secret/path", "log says why", context.DeadlineExceeded, http.StatusInternalServerError},
	} {
		o.refuse = c.refuse
		changed := url.Values{"kind": {"lesson"}, "title": {"kept title"}, "text": {"kept text"}, c.field: {c.value}}
		w := post(t, h, "/milestones", changed)
		page := w.Body.String()
		if w.Code != c.status {
			t.Errorf("%s %q: %d, want %d", c.field, c.value, w.Code, c.status)
		}
		wantIn(t, page, c.why, "kept title", "<option selected>lesson</option>", `aria-describedby="refused"`)
		wantHarmless(t, c.field, strings.ReplaceAll(page, "\u202e\x1b", "")) // a field gives back what was typed in it
	}

	h = serveAs(t, l, o, access.Read)
	if page := fetch(t, h, "/milestones").Body.String(); strings.Contains(page, `action="/milestones"`) || !strings.Contains(page, "quorate login") {
		t.Error("who may only read is offered the form, or not told how to log in")
	}
	if w := post(t, h, "/milestones", form); w.Code != http.StatusForbidden {
		t.Errorf("who may only read notes: %d", w.Code)
	}
}

func TestMilestone(t *testing.T) {
	l, o := viewtest.NewLab(), &orders{}
	o.post = blogsink.Prepared{
		SHA256: sum, File: "_posts/2026-01-15-no-more-cables.md", At: viewtest.Noon, Covers: 57, Files: []blogsink.FileSum{{Name: "_posts/2026-01-15-no-more-cables.md", SHA256: sum}},
		Replaced: []blogsink.Replacement{{Kind: "hostname", Alias: "atlas", Count: 12}}, Changed: []string{"title"}, Waiting: []string{"timeline"},
		Lint: []blogsink.LintFinding{{Rule: "x", Weight: "warning", Line: 4, Text: "The title is long."}},
	}
	h := serveAs(t, l, o, access.Read, access.Propose, access.Approve)
	page := fetch(t, h, "/milestones/3").Body.String()
	wantIn(t, page, "No more cables", "What would be published", `href="/events?after=41"`, "A loop")
	checkMarkup(t, page)
	page = fetch(t, h, "/milestones/3/post").Body.String()
	wantIn(t, page, "atlas", ">12<", "The title is long.", "Type <code>01234567</code>", `<span class="tag">timeline</span>`, "Nothing found.")
	checkMarkup(t, page)

	quiet := httptest.NewRequest(http.MethodGet, "/milestones/3/post", nil)
	quiet.Header.Set("Sec-Fetch-Dest", "empty")
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, quiet); w.Code != http.StatusNoContent {
		t.Errorf("the script has a post prepared: %d", w.Code)
	}

	wantOrder(t, o, h, "/milestones/3/draft", nil, "draft", "/milestones/3?done=drafted")
	wantOrder(t, o, h, "/milestones/3/approve", url.Values{"sha256": {" 01234567 "}}, "approve 01234567", "/milestones/3?done=approved")
	wantOrder(t, o, h, "/milestones/3/publish", nil, "publish", "/milestones/3?done=published")
	for _, path := range []string{"/milestones/4", "/milestones/x", "/milestones/4/post"} {
		if w := fetch(t, h, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}

	// The digits must be enough, and those of this post.
	w = post(t, h, "/milestones/3/approve", url.Values{"sha256": {"0123"}})
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("four digits: %d", w.Code)
	}
	wantIn(t, w.Body.String(), "Type the first 8 digits", `value="0123"`)
	o.refuse = &view.Refused{Conflict: true, Text: "the draft has changed since"}
	w = post(t, h, "/milestones/3/approve", url.Values{"sha256": {"fedcba98"}})
	if w.Code != http.StatusConflict {
		t.Errorf("another hash: %d", w.Code)
	}
	wantIn(t, w.Body.String(), "the draft has changed since", `value="fedcba98"`)
	if w = post(t, h, "/milestones/3/publish", nil); w.Code != http.StatusConflict {
		t.Errorf("refused to publish: %d", w.Code)
	}

	// With a finding nobody is offered to approve it.
	o.post.Findings = []blogsink.Place{{Finding: leakcheck.Finding{File: "post.md", Kind: "ipv4"}, Line: 7}}
	page = fetch(t, h, "/milestones/3/post").Body.String()
	wantIn(t, page, "ipv4", "line 7", "1 of these findings keep it")
	if strings.Contains(page, "/approve") {
		t.Error("a post with a finding can be approved")
	}
}

func TestMilestoneByScope(t *testing.T) {
	l, o := viewtest.NewLab(), &orders{post: blogsink.Prepared{SHA256: sum}}
	for _, c := range []struct {
		scopes  []access.Scope
		allowed string
	}{
		{[]access.Scope{access.Read}, ""},
		{[]access.Scope{access.Read, access.Annotate}, ""},
		{[]access.Scope{access.Read, access.Propose}, "post preview draft"},
		{[]access.Scope{access.Read, access.Approve}, "approve publish"},
		{[]access.Scope{access.Admin}, "post preview draft approve publish"},
	} {
		h := serveAs(t, l, o, c.scopes...)
		page := fetch(t, h, "/milestones/3").Body.String()
		for name, method := range map[string]string{"post": http.MethodGet, "preview": http.MethodGet, "draft": http.MethodPost, "approve": http.MethodPost, "publish": http.MethodPost} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(method, "/milestones/3/"+name, nil))
			if allowed := strings.Contains(c.allowed, name); allowed == (w.Code == http.StatusForbidden) {
				t.Errorf("%v %s: %d", c.scopes, name, w.Code)
			}
			if !strings.Contains(c.allowed, name) && strings.Contains(page, "/milestones/3/"+name) {
				t.Errorf("%v are offered %s", c.scopes, name)
			}
		}
		checkMarkup(t, page)
	}
	page := fetch(t, serveAs(t, l, o, access.Read), "/milestones/3").Body.String()
	wantIn(t, page, "quorate login")
}

// TestPreviewCanDoNothing: the post is shown by a page without scripts, forms and origin.
func TestPreviewCanDoNothing(t *testing.T) {
	h := serveAs(t, viewtest.NewLab(), &orders{}, access.Admin)
	policy := fetch(t, h, "/milestones/3/preview").Header().Get("Content-Security-Policy")
	for _, want := range []string{"sandbox;", "default-src 'none'", "form-action 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("%q is missing in %q", want, policy)
		}
	}
	if strings.Contains(policy, "script-src") || strings.Contains(policy, "allow-") {
		t.Errorf("it allows too much: %q", policy)
	}
}

func TestMilestonesAreHarmless(t *testing.T) {
	o := &orders{post: blogsink.Prepared{
		SHA256: hostile, File: hostile, Files: []blogsink.FileSum{{Name: hostile, SHA256: hostile}}, Replaced: []blogsink.Replacement{{Kind: hostile, Alias: hostile}},
		Changed: []string{hostile}, Waiting: []string{hostile}, Lint: []blogsink.LintFinding{{Weight: hostile, Text: hostile}},
	}}
	l := &hostileBlog{viewtest.NewLab()}
	site, err := New(Options{Read: l, Act: o, Name: func() string { return "home" }, Now: func() time.Time { return viewtest.Noon }})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, route := range site.Routes() {
		mux.HandleFunc(route.Pattern(), func(w http.ResponseWriter, r *http.Request) {
			route.Handler.ServeHTTP(w, r.WithContext(access.WithCaller(r.Context(), access.Caller{Scopes: access.Scopes()})))
		})
	}
	for _, path := range []string{"/milestones", "/milestones/3", "/milestones/3/post"} {
		wantHarmless(t, path, fetch(t, mux, path).Body.String())
	}
}

// hostileBlog is a lab with a blog of texts that nobody should trust.
type hostileBlog struct{ *viewtest.Lab }

func (*hostileBlog) Milestones(context.Context) ([]device.Milestone, error) {
	return []device.Milestone{{Number: 3, Title: hostile, Subtitle: hostile, Phase: hostile, State: hostile, File: hostile, ApprovedBy: hostile, ApprovedAt: viewtest.Noon}}, nil
}

func (*hostileBlog) Notes(context.Context) ([]device.Note, error) {
	return []device.Note{{File: hostile, Kind: hostile, Title: hostile, Text: hostile, For: hostile}, {File: hostile, Problem: hostile}}, nil
}
