package blogsink

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

// repo makes the press's blog a git repository with a commit, and returns what runs git there.
func (p *press) repo(t testing.TB) func(args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("SKIPPED: git is not installed")
	}
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", filepath.Dir(p.dir), "-c", "user.name=Owner", "-c", "user.email=owner@example.net"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "-q", "-b", "main")
	put(t, filepath.Join(p.dir, "_config.yml"), "title: x\n")
	git("add", "blog/_config.yml")
	git("commit", "-q", "-m", "first")
	return git
}

// state is all that a commit on another branch must not change.
func state(t testing.TB, p *press, git func(...string) string) string {
	t.Helper()
	index, err := os.ReadFile(filepath.Join(filepath.Dir(p.dir), ".git", "index"))
	if err != nil {
		t.Fatal(err)
	}
	return digest(index) + git("rev-parse", "HEAD") + git("symbolic-ref", "HEAD")
}

func TestGitCommit(t *testing.T) {
	p := newPress(t, t.TempDir(), func(c *Config, _ *Options) { c.Git.Branch = "posts" })
	git := p.repo(t)
	// What would run programs, or refuse a commit, if it were asked.
	marker := filepath.Join(t.TempDir(), "ran")
	hook := filepath.Join(filepath.Dir(p.dir), ".git", "hooks", "reference-transaction")
	put(t, hook, "#!/bin/sh\ntouch "+marker+"\nexit 1\n")
	if err := os.Chmod(hook, 0o755); err != nil {
		t.Fatal(err)
	}
	git("config", "commit.gpgsign", "true")
	git("config", "gpg.program", hook)
	git("config", "core.fsmonitor", hook)
	put(t, filepath.Join(p.dir, "_config.yml"), "title: changed and not committed\n")
	staged := filepath.Join(p.dir, "staged.txt")
	put(t, staged, "staged\n")
	exec.Command("git", "-C", p.dir, "-c", "core.fsmonitor=false", "add", "staged.txt").Run() //nolint:errcheck // what the index holds is compared below
	before := state(t, p, git)
	p.draft(t)
	shown := p.approve(t)
	out, err := p.sink.Publish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !hexSum.MatchString(out.Commit) || out.Uncommitted != "" {
		t.Fatalf("committed as %q, %q", out.Commit, out.Uncommitted)
	}
	if after := state(t, p, git); after != before {
		t.Error("the index, HEAD or the current branch changed")
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("a program of the repository's configuration was run")
	}
	var want []string
	for _, f := range shown.Files {
		want = append(want, "blog/"+f.Name)
	}
	slices.Sort(want)
	if got := strings.Split(git("diff", "--name-only", "main", "posts"), "\n"); !slices.Equal(got, want) {
		t.Errorf("the commit holds %q, want %q", got, want)
	}
	if git("rev-parse", "posts") != out.Commit || git("rev-parse", "posts^") != git("rev-parse", "main") {
		t.Error("the branch is not one commit ahead of the current one")
	}
	post, err := os.ReadFile(filepath.Join(p.dir, postOfTheDay))
	if err != nil || git("show", "posts:blog/"+postOfTheDay) != strings.TrimSpace(string(post)) {
		t.Errorf("the commit holds other bytes (%v)", err)
	}
	if got := git("log", "-1", "--format=%an <%ae> %s", "posts"); got != "Quorate <quorate@localhost> Publish milestone 1" {
		t.Errorf("the commit is by %s", got)
	}
	// Once more makes no other commit, and the next post goes on top.
	if again, err := p.sink.Publish(t.Context()); err != nil || git("rev-parse", "posts") != out.Commit {
		t.Errorf("again: %+v, %v", again, err)
	}
	p.happen(t, 26*time.Hour)
	*p.now = noon.Add(30 * time.Hour)
	p.draft(t)
	p.approve(t)
	next, err := p.sink.Publish(t.Context())
	if err != nil || git("rev-parse", "posts^") != out.Commit || git("rev-parse", "posts") != next.Commit {
		t.Errorf("the second: %+v, %v", next, err)
	}
	if left, _ := filepath.Glob(filepath.Join(p.private, ".git-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestGitFailuresAreToldAndTriedAgain(t *testing.T) {
	p := newPress(t, t.TempDir(), func(c *Config, _ *Options) { c.Git.Branch = "main" })
	git := p.repo(t)
	p.draft(t)
	p.approve(t)
	out, err := p.sink.Publish(t.Context())
	if err != nil || !strings.Contains(out.Uncommitted, "the branch main is checked out") {
		t.Fatalf("on the branch that is checked out: %+v, %v", out, err)
	}
	if posts := p.posts(t); len(posts) != 1 || p.desk.ofType(device.EventMilestonePublished) != 1 {
		t.Errorf("the post is not published: %v", posts)
	}
	git("checkout", "-q", "-b", "elsewhere")
	again, err := p.sink.Publish(t.Context())
	if err != nil || !again.Already || again.Commit == "" || again.Uncommitted != "" {
		t.Errorf("again: %+v, %v", again, err)
	}
	if got := git("ls-tree", "-r", "--name-only", "main"); !strings.Contains(got, postOfTheDay) {
		t.Errorf("main holds %q", got)
	}
}

func TestGitWithoutARepository(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("SKIPPED: git is not installed")
	}
	p := newPress(t, t.TempDir(), func(c *Config, _ *Options) { c.Git.Branch = "posts" })
	p.draft(t)
	p.approve(t)
	if out, err := p.sink.Publish(t.Context()); err != nil || !strings.Contains(out.Uncommitted, "not a git repository") {
		t.Errorf("got %+v, %v", out, err)
	}
	// An empty one has no commit to go on from.
	if out, err := exec.Command("git", "-C", p.dir, "init", "-q", "-b", "main").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := p.sink.Publish(t.Context()); err != nil || !hexSum.MatchString(out.Commit) {
		t.Errorf("in an empty one: %+v, %v", out, err)
	}
}

func TestBranchNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"": true, "posts": true, "quorate/posts": true, "a.b-c_d": true, "HEAD": false, "-x": false, "a..b": false, "a b": false, "x.lock": false, "x.lock/y": false,
		"a//b": false, "a/": false, "/a": false, "a~1": false, "a:b": false, "a@{1}": false, ".a": false, "a/.b": false, "a.": false,
	} {
		if err := (Git{name}).Check(); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

var hexSum = regexp.MustCompile(`^[0-9a-f]{40}$`)
