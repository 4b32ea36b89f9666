package blogsink

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/leakcheck"
)

// fileDesk is a record of decisions in a file, so that it outlives a process.
type fileDesk struct {
	path string
	fail error // what PutPublished answers
}

type deskRows struct {
	Approvals []Approval
	Published []Publication
	Events    []device.Event
}

func (d *fileDesk) read() deskRows {
	var rows deskRows
	if b, err := os.ReadFile(d.path); err == nil {
		_ = json.Unmarshal(b, &rows) // an empty desk is seen by the tests
	}
	return rows
}

func (d *fileDesk) write(rows deskRows) error {
	b, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	return replace(d.path, b, 0o600)
}

func (d *fileDesk) Approval(_ context.Context, blog string) (Approval, bool, error) {
	rows := d.read()
	i := slices.IndexFunc(rows.Approvals, func(a Approval) bool { return a.Blog == blog })
	if i < 0 {
		return Approval{}, false, nil
	}
	return rows.Approvals[i], true, nil
}

func (d *fileDesk) PutApproval(_ context.Context, a Approval) error {
	rows := d.read()
	rows.Approvals = []Approval{a}
	return d.write(rows)
}

func (d *fileDesk) DropApproval(context.Context, string, string) error {
	rows := d.read()
	rows.Approvals = nil
	return d.write(rows)
}

func (d *fileDesk) Published(context.Context, string) ([]Publication, error) {
	return d.read().Published, nil
}

func (d *fileDesk) PutPublished(_ context.Context, p Publication) error {
	if d.fail != nil {
		return d.fail
	}
	rows := d.read()
	rows.Approvals = nil
	rows.Published = append(slices.DeleteFunc(rows.Published, func(x Publication) bool { return x.File == p.File }), p)
	return d.write(rows)
}

// events is a history whose own events are kept by a desk.
type deskStory struct {
	*story
	desk *fileDesk
}

func (s deskStory) Events(ctx context.Context, after int64, limit int) ([]device.Event, error) {
	all := deskEvents(s.events, s.desk)
	i := slices.IndexFunc(all, func(e device.Event) bool { return e.Seq > after })
	if i < 0 {
		return nil, nil
	}
	return all[i:min(len(all), i+limit)], nil
}

// Milestone begins where the last publication ends.
func (s deskStory) Milestone(context.Context) (Milestone, error) {
	m := s.milestone
	for _, p := range s.desk.read().Published {
		m.After, m.Number = max(m.After, p.Covers), max(m.Number, p.Milestone+1)
	}
	return m, nil
}

func deskEvents(story []device.Event, d *fileDesk) []device.Event {
	return append(slices.Clone(story), d.read().Events...)
}

// quietDay is a small lab's story: a switch was down for a while, and a monitor called it down against the other.
func quietDay() *story {
	s := &story{}
	core := s.device("switch", "hydra", "network", "HP ProCurve", 2)
	s.device("nas", "vault1", "storage", "Synology", 2)
	for _, d := range s.devices {
		s.add(time.Second, device.Event{Type: device.EventDeviceDiscovered, Device: &device.Name{ID: d.ID, Name: d.Name}})
	}
	s.add(12*time.Minute, device.Event{Type: device.EventVerdictChanged, Device: &core, From: "up", To: "down", Since: noon.Add(11 * time.Minute)})
	s.add(18*time.Minute, device.Event{Type: device.EventVerdictChanged, Device: &core, From: "down", To: "up"})
	s.sources = []device.SourceStatus{{Name: "librenms", Type: "librenms", Devices: 2, Health: device.HealthUp}, {Name: "prtg", Type: "prtg", Devices: 2, Health: device.HealthUp}}
	s.scores = device.Scoreboard{Sources: map[string]int{"librenms": 1}}
	return s
}

// press is a home with a desk: posts can be published there.
type press struct {
	*home
	desk  *fileDesk
	story *story
	now   *time.Time
}

// newPress makes one in a folder; the same folder gives the same one again, as after a restart.
func newPress(t testing.TB, root string, change func(*Config, *Options)) *press {
	t.Helper()
	return newPressOf(t, root, quietDay(), change)
}

// newPressOf makes one of another story.
func newPressOf(t testing.TB, root string, s *story, change func(*Config, *Options)) *press {
	t.Helper()
	now := noon.Add(2 * time.Hour)
	p := &press{desk: &fileDesk{path: filepath.Join(root, "desk.json")}, story: s, now: &now}
	p.home = newHome(t, p.story, func(c *Config, o *Options) {
		c.Dir, c.Notes, o.PrivateDir = filepath.Join(root, "blog"), filepath.Join(root, "notes"), filepath.Join(root, "private")
		o.Desk, o.History = p.desk, deskStory{p.story, p.desk}
		o.Clock = func() time.Time { return *p.now }
		o.Emit = func(_ context.Context, e device.Event) error { return p.record(e) }
		if change != nil {
			change(c, o)
		}
	})
	p.dir, p.private = filepath.Join(root, "blog"), filepath.Join(root, "private")
	return p
}

// record adds an event behind all others.
func (p *press) record(e device.Event) error {
	rows := p.desk.read()
	e.Seq = int64(len(p.story.events) + len(rows.Events) + 1)
	rows.Events = append(rows.Events, e)
	return p.desk.write(rows)
}

// happen records an event of the lab.
func (p *press) happen(t testing.TB, after time.Duration) {
	t.Helper()
	if err := p.record(device.Event{Type: device.EventFlappingStart, At: noon.Add(after)}); err != nil {
		t.Fatal(err)
	}
}

// approve prepares and approves.
func (p *press) approve(t testing.TB, allowed ...string) *Prepared {
	t.Helper()
	shown, err := p.sink.Prepare(t.Context(), allowed)
	if err != nil {
		t.Fatal(err)
	}
	if len(shown.Findings) > 0 {
		t.Fatalf("findings: %+v", shown.Findings)
	}
	if _, err := p.sink.Approve(t.Context(), shown.SHA256[:8], "owner"); err != nil {
		t.Fatal(err)
	}
	return shown
}

// files lists what lies under the blog, with slashes.
func (p *press) files(t testing.TB) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(p.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(p.dir, path)
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return all
}

// posts are the files of _posts.
func (p *press) posts(t testing.TB) []string {
	t.Helper()
	return slices.DeleteFunc(p.files(t), func(f string) bool { return !strings.HasPrefix(f, "_posts/") })
}

// holds checks that the blog has the files of a prepared post, and no others.
func (p *press) holds(t testing.TB, shown *Prepared) {
	t.Helper()
	var want []string
	for _, f := range shown.Files {
		want = append(want, f.Name)
		b, err := os.ReadFile(filepath.Join(p.dir, filepath.FromSlash(f.Name)))
		if err != nil || digest(b) != f.SHA256 {
			t.Errorf("%s is not what was approved (%v)", f.Name, err)
		}
	}
	slices.Sort(want)
	if got := p.files(t); !slices.Equal(got, want) {
		t.Errorf("in the blog: %q, want %q", got, want)
	}
}

const postOfTheDay = "_posts/2026-03-07-homelab-milestone-1.md"

// ofType counts the desk's events of a type.
func (d *fileDesk) ofType(kind device.EventType) int {
	n := 0
	for _, e := range d.read().Events {
		if e.Type == kind {
			n++
		}
	}
	return n
}

func TestApproveAndPublish(t *testing.T) {
	p := newPressOf(t, t.TempDir(), labDay(), nil)
	p.ownersNotes(t, "notes")
	put(t, filepath.Join(p.dir, "_posts", "2026-02-14-homelab-milestone-1-two-monitors.md"), "---\nlayout: post\ntitle: \"Homelab Milestone 1: Two Monitors\"\nmilestone: 1\n---\n\nText.\n")
	p.draft(t)
	path := onlyDraft(t, p.home)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, strings.Replace(string(b), "## The Numbers", "## The Numbers, Counted Twice", 1)+"\nThank you for reading.\n")
	shown := p.approve(t)
	if want := []string{"section numbers edited", "text of your own"}; !slices.Equal(shown.Changed, want) {
		t.Errorf("changed by a person: %q, want %q", shown.Changed, want)
	}
	if !strings.HasPrefix(shown.Date, "2026-03-07 14:00:00") {
		t.Errorf("dated %q", shown.Date)
	}
	if len(shown.Replaced) == 0 {
		t.Error("nothing is said to be replaced")
	}
	for _, r := range shown.Replaced {
		if r.Count == 0 || r.Kind == "" {
			t.Errorf("replaced: %+v", r)
		}
	}
	out, err := p.sink.Publish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	post, err := os.ReadFile(filepath.Join(p.dir, filepath.FromSlash(out.File)))
	if err != nil {
		t.Fatal(err)
	}
	if digest(post) != shown.Files[0].SHA256 || out.File != shown.File {
		t.Error("the post is not what was approved")
	}
	for _, want := range []string{"## The Numbers, Counted Twice", "Thank you for reading.", "A person edited the text.", "date: 2026-03-07 14:00:00 +0000"} {
		if !strings.Contains(string(post), want) {
			t.Errorf("the post lacks %q", want)
		}
	}
	for _, not := range []string{"quorate:", "<!-- ", "Draft: it changes"} {
		if strings.Contains(string(post), not) {
			t.Errorf("the post holds %q", not)
		}
	}
	rows := p.desk.read()
	if len(rows.Approvals) != 0 || len(rows.Published) != 1 || rows.Published[0].Covers != shown.Covers {
		t.Errorf("on record: %+v", rows)
	}
	if n := p.desk.ofType(device.EventMilestonePublished); n != 1 {
		t.Errorf("%d events milestone.published", n)
	}
	if left, _ := filepath.Glob(filepath.Join(p.dir, "_drafts", "*")); len(left) != 0 {
		t.Errorf("drafts left: %v", left)
	}
	if moved, _ := filepath.Glob(filepath.Join(p.private, "*.draft.md")); len(moved) != 1 {
		t.Errorf("the draft was not kept: %v", moved)
	}
	// Once more changes nothing.
	before := p.files(t)
	again, err := p.sink.Publish(t.Context())
	if err != nil || !again.Already || again.File != out.File {
		t.Errorf("again: %+v, %v", again, err)
	}
	if diff := cmp.Diff(before, p.files(t)); diff != "" || p.desk.ofType(device.EventMilestonePublished) != 1 {
		t.Errorf("publishing again changed something: %s", diff)
	}
	put(t, filepath.Join(p.dir, filepath.FromSlash(out.File)), string(post)+"\nCorrected.\n")
	if again, err = p.sink.Publish(t.Context()); err != nil || !slices.Equal(again.Since, []string{out.File}) {
		t.Errorf("a corrected post: %+v, %v", again, err)
	}
	// The next milestone begins behind what was covered.
	if _, err := p.sink.Draft(t.Context()); !errors.Is(err, ErrNothing) {
		t.Errorf("a draft right after: %v, want %v", err, ErrNothing)
	}
	p.happen(t, 3*time.Hour)
	if text := p.draft(t); !strings.Contains(text, "milestone: 3") || strings.Contains(text, "switch-1 went down") {
		t.Errorf("the next draft is\n%s", text)
	}
}

// TestPublishedIsTheDraftsOwnText holds for a draft that nobody touched: no marker, no other byte.
func TestPublishedIsTheDraftsOwnText(t *testing.T) {
	p := newPress(t, t.TempDir(), nil)
	p.draft(t)
	shown := p.approve(t)
	if len(shown.Changed) != 0 {
		t.Errorf("changed: %v", shown.Changed)
	}
	if _, err := p.sink.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(p.dir, postOfTheDay))
	if err != nil || strings.Contains(string(b), "Edited by") {
		t.Errorf("the post says that it was edited (%v)", err)
	}
}

func TestApprovalIsVoid(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, p *press)
		want   string // "" where it stays good
	}{
		{"nothing changed", func(*testing.T, *press) {}, ""},
		{"later events", func(t *testing.T, p *press) { p.happen(t, 3*time.Hour) }, ""},
		{"later events in the draft", func(t *testing.T, p *press) {
			p.happen(t, 3*time.Hour)
			p.draft(t)
		}, ""},
		{"a person's text", func(t *testing.T, p *press) { p.append(t, "\nOne more thing.\n") }, "your own text, the first is new"},
		{"a note", func(t *testing.T, p *press) {
			p.note(t, "10.md", "---\nkind: lesson\n---\nLook twice.\n")
		}, "section lessons is new"},
		{"a fact", func(_ *testing.T, p *press) { p.story.devices = p.story.devices[1:] }, "section numbers is another"},
		{"an alias", func(_ *testing.T, p *press) {
			rows := p.sink.opts.Aliases.(*aliases)
			for i := range rows.rows {
				rows.rows[i].Alias = strings.Replace(rows.rows[i].Alias, "switch-1", "switch-7", 1)
			}
			p.restart(t)
		}, "section availability is another"},
		{"the bytes are others", func(t *testing.T, p *press) {
			put(t, filepath.Join(p.sink.approvedDir(), "0"), "others")
		}, "the approved bytes cannot be read"},
		{"the bytes are gone", func(t *testing.T, p *press) {
			if err := os.RemoveAll(p.sink.approvedDir()); err != nil {
				t.Fatal(err)
			}
		}, "the approved bytes are gone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPress(t, t.TempDir(), nil)
			p.draft(t)
			p.approve(t)
			tt.change(t, p)
			_, err := p.sink.Publish(t.Context())
			var void *VoidedError
			switch {
			case tt.want == "":
				if err != nil {
					t.Fatal(err)
				}
				return
			case !errors.As(err, &void) || !strings.Contains(err.Error(), tt.want):
				t.Errorf("got %v, want it void: %s", err, tt.want)
			}
			if posts := p.posts(t); len(posts) > 0 {
				t.Errorf("published: %v", posts)
			}
			if _, ok, _ := p.desk.Approval(t.Context(), "series"); ok {
				t.Error("the approval still stands")
			}
		})
	}
}

// append adds text to the end of the draft.
func (p *press) append(t testing.TB, text string) {
	t.Helper()
	drafts, _ := filepath.Glob(filepath.Join(p.dir, "_drafts", "*.md"))
	if len(drafts) != 1 {
		t.Fatalf("drafts: %v", drafts)
	}
	b, err := os.ReadFile(drafts[0])
	if err != nil {
		t.Fatal(err)
	}
	put(t, drafts[0], string(b)+text)
}

// restart makes the sink anew over the same files and aliases.
func (p *press) restart(t testing.TB) {
	t.Helper()
	next, err := New(p.sink.cfg, p.sink.opts)
	if err != nil {
		t.Fatal(err)
	}
	p.sink = next
}

func TestApproveRefuses(t *testing.T) {
	p := newPress(t, t.TempDir(), nil)
	if _, err := p.sink.Approve(t.Context(), "0123456789", "owner"); err == nil || !strings.Contains(err.Error(), "no post with that sum") {
		t.Errorf("nothing prepared: %v", err)
	}
	if _, err := p.sink.Approve(t.Context(), "0123", "owner"); err == nil || !strings.Contains(err.Error(), "too short") {
		t.Errorf("a short sum: %v", err)
	}
	if _, err := p.sink.Publish(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing is approved") {
		t.Errorf("publish without an approval: %v", err)
	}
	p.draft(t)
	shown, err := p.sink.Prepare(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	p.append(t, "\nChanged behind your back.\n")
	var void *VoidedError
	if _, err := p.sink.Approve(t.Context(), shown.SHA256, "owner"); !errors.As(err, &void) {
		t.Errorf("a draft that changed meanwhile: %v", err)
	}
	// What a person writes is read like everything else.
	p.append(t, "\nThe NAS is at "+privateNet+".9.\n")
	shown, err = p.sink.Prepare(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(shown.Findings) != 1 || shown.Findings[0].Part != "your own text, the first" || shown.Findings[0].Line == 0 {
		t.Errorf("findings: %+v", shown.Findings)
	}
	var refused *RefusedError
	if _, err := p.sink.Approve(t.Context(), shown.SHA256, "owner"); !errors.As(err, &refused) {
		t.Errorf("a leak was approved: %v", err)
	}
}

// A link that leads nowhere takes a whole site down: no approval for it.
func TestLintKeepsBack(t *testing.T) {
	p := newPress(t, t.TempDir(), nil)
	p.draft(t)
	p.append(t, "\n[Before]({% post_url 2026-01-01-before %})\n")
	shown, err := p.sink.Prepare(t.Context(), nil)
	if err != nil || len(shown.Findings) > 0 || shown.Unfit() != 1 {
		t.Fatalf("%+v, %v", shown, err)
	}
	if _, err := p.sink.Approve(t.Context(), shown.SHA256, "owner"); err == nil || !strings.Contains(err.Error(), "post_url names no post") {
		t.Errorf("got %v", err)
	}
	put(t, filepath.Join(p.dir, "_posts", "2026-01-01-before.md"), "---\ntitle: Before\n---\n\nText.\n")
	p.approve(t)
}

func TestAllowedTokens(t *testing.T) {
	p := newPress(t, t.TempDir(), nil)
	p.draft(t)
	p.append(t, "\nIt runs on a Q7X-9000B now.\n")
	shown, err := p.sink.Prepare(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(shown.Findings) != 1 || shown.Findings[0].Kind != leakcheck.Unknown {
		t.Fatalf("findings: %+v", shown.Findings)
	}
	p.approve(t, "Q7X-9000B")
	if a, _, _ := p.desk.Approval(t.Context(), "series"); !slices.Equal(a.Allowed, []string{"Q7X-9000B"}) || a.By != "owner" {
		t.Errorf("on record: %+v", a)
	}
	if _, err := p.sink.Publish(t.Context()); err != nil {
		t.Error(err)
	}
}

// thanked is a name that nobody knows to be private at first.
const thanked = "Tele" + "phus"

func TestNeverPublishedWhere(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, p *press)
		want   string
	}{
		{"the check is killed", func(_ *testing.T, p *press) { p.sink.opts.Verify = CommandVerify("/bin/sh", "-c", "kill -9 $$") }, "the leak check ended with signal: killed"},
		{"the check hangs", func(_ *testing.T, p *press) {
			p.sink.opts.Verify, p.sink.opts.VerifyLimit = CommandVerify("/bin/sh", "-c", "exec sleep 600"), 50*time.Millisecond
		}, "took more than 50ms"},
		{"the check finds something", func(_ *testing.T, p *press) {
			p.sink.opts.Verify = CommandVerify("/bin/sh", "-c", `echo '{"file":"x","offset":7,"length":2,"kind":"ipv4"}'; exit 5`)
		}, "something private is left: ipv4 at byte 7"},
		{"the check cannot be run", func(_ *testing.T, p *press) { p.sink.opts.Verify = CommandVerify("/nonexistent/quorate") }, "run the leak check"},
		{"the registry cannot be read", func(_ *testing.T, p *press) {
			p.sink.opts.Registry = func(context.Context) (map[string][]string, error) { return nil, errors.New("the record is locked") }
		}, "the record is locked"},
		{"the registry grew", func(_ *testing.T, p *press) {
			p.sink.opts.Registry = registryOf(map[string][]string{"words": {thanked}})
		}, "is left"},
		{"the post is dated ahead", func(_ *testing.T, p *press) { *p.now = noon.Add(time.Hour) }, "the post is dated 2026-03-07 14:00:00"},
		{"another post has the name", func(t *testing.T, p *press) {
			put(t, filepath.Join(p.dir, postOfTheDay), "---\ntitle: Another\n---\n")
		}, "is another post with the same name and day"},
		{"another post has the name, by another ending", func(t *testing.T, p *press) {
			put(t, filepath.Join(p.dir, strings.TrimSuffix(postOfTheDay, ".md")+".markdown"), "---\ntitle: Another\n---\n")
		}, "is another post with the same name and day"},
		{"the post cannot be written, its files can", func(t *testing.T, p *press) {
			if err := os.Symlink("/proc/nowhere", filepath.Join(p.dir, "_posts")); err != nil {
				t.Fatal(err)
			}
		}, "/_posts"},
		{"the folder cannot be written", func(t *testing.T, p *press) {
			put(t, filepath.Join(p.dir, "_posts"), "a file where the folder should be")
		}, "not a directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPress(t, t.TempDir(), nil)
			p.draft(t)
			p.append(t, "\nThanks to "+thanked+".\n")
			draft, err := os.ReadFile(onlyDraft(t, p.home))
			if err != nil {
				t.Fatal(err)
			}
			p.approve(t)
			tt.change(t, p)
			before := p.files(t)
			if _, err := p.sink.Publish(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if diff := cmp.Diff(before, p.files(t)); diff != "" {
				t.Errorf("the blog's files changed:\n%s", diff)
			}
			if now, err := os.ReadFile(onlyDraft(t, p.home)); err != nil || string(now) != string(draft) {
				t.Errorf("the draft changed (%v)", err)
			}
			if n := len(p.desk.read().Published); n != 0 {
				t.Errorf("%d publications on record", n)
			}
		})
	}
}

func TestTheRecordFailsBehindTheRename(t *testing.T) {
	p := newPress(t, t.TempDir(), nil)
	p.draft(t)
	p.approve(t)
	p.desk.fail = errors.New("disk full")
	if _, err := p.sink.Publish(t.Context()); err == nil || !strings.Contains(err.Error(), "publish again to finish it") {
		t.Errorf("got %v", err)
	}
	if posts := p.posts(t); !slices.Equal(posts, []string{postOfTheDay}) {
		t.Errorf("posts %v", posts)
	}
	p.desk.fail = nil
	p.restart(t)
	out, err := p.sink.Publish(t.Context())
	if err != nil || out.File != postOfTheDay {
		t.Errorf("again: %+v, %v", out, err)
	}
	if len(p.desk.read().Published) != 1 || p.desk.ofType(device.EventMilestonePublished) != 1 {
		t.Errorf("on record: %+v", p.desk.read())
	}
}
