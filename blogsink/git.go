package blogsink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Git says where posts are committed. The zero value is nowhere.
type Git struct {
	// Branch is the one that gets a commit for each publication, such as "posts". It must not be checked out anywhere.
	Branch string
}

// DefaultGitLimit is how long one run of git may take.
const DefaultGitLimit = 30 * time.Second

var branchForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)

// Check says what is wrong with a branch's name.
func (g Git) Check() error {
	b := g.Branch
	if b == "" {
		return nil
	}
	bad := strings.HasSuffix(b, "/") || strings.HasSuffix(b, ".") || strings.Contains(b, "..") || strings.Contains(b, "//") || strings.Contains(b, "/.") || b == "HEAD"
	for part := range strings.SplitSeq(b, "/") {
		bad = bad || strings.HasSuffix(part, ".lock")
	}
	if bad || len(b) > 100 || !branchForm.MatchString(b) {
		return fmt.Errorf("%.40q is no name of a branch; \"posts\" is one", b)
	}
	return nil
}

// owed are publications that have no commit yet, kept in the private folder.
func (s *Sink) owedPath() string {
	return filepath.Join(s.opts.PrivateDir, s.ownName()+".uncommitted.json")
}

func (s *Sink) owed() ([]Publication, error) {
	b, err := os.ReadFile(s.owedPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []Publication
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	return all, err
}

// owe notes that a publication is to be committed.
func (s *Sink) owe(p Publication) error {
	if s.cfg.Git.Branch == "" {
		return nil
	}
	all, err := s.owed()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(x Publication) bool { return x.File == p.File }) {
		return nil
	}
	return s.putOwed(append(all, p))
}

func (s *Sink) putOwed(all []Publication) error {
	if len(all) == 0 {
		err := os.Remove(s.owedPath())
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	b, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return replace(s.owedPath(), b, 0o600)
}

// commit commits what is owed. The posts are public whatever becomes of it: a failure is told, and tried again the next
// time.
func (s *Sink) commit(ctx context.Context, out *Outcome) {
	if s.cfg.Git.Branch == "" {
		return
	}
	err := s.commitOwed(ctx, out)
	if err != nil {
		out.Uncommitted = err.Error()
		s.log.Warn("post not committed", "err", err)
	}
}

func (s *Sink) commitOwed(ctx context.Context, out *Outcome) error {
	all, err := s.owed()
	if err != nil {
		return err
	}
	for len(all) > 0 {
		id, err := s.commitOne(ctx, all[0])
		if err != nil {
			return err
		}
		if all[0].File == out.File {
			out.Commit = id
		}
		all = all[1:]
		if err := s.putOwed(all); err != nil {
			return err
		}
	}
	return nil
}

// commitOne makes a commit of exactly the publication's files on the branch, by git's plumbing and an index of its own:
// the work tree, its index, HEAD and the branch that is checked out stay as they are, and nothing is pushed. It returns
// the commit that holds the files, which is the branch's last one where that has them already.
func (s *Sink) commitOne(ctx context.Context, p Publication) (string, error) {
	g, err := s.openRepository(ctx)
	if err != nil {
		return "", err
	}
	defer g.close()
	ref := "refs/heads/" + s.cfg.Git.Branch
	if err := g.notCheckedOut(ctx, ref); err != nil {
		return "", err
	}
	old, _ := g.run(ctx, "", "rev-parse", "--verify", "--quiet", ref+"^{commit}") // none is no failure: the branch is new
	parent := old
	if parent == "" {
		parent, _ = g.run(ctx, "", "rev-parse", "--verify", "--quiet", "HEAD^{commit}") // none: a repository without commits
	}
	before := ""
	if parent != "" {
		if _, err := g.run(ctx, "", "read-tree", parent); err != nil {
			return "", err
		}
		if before, err = g.run(ctx, "", "rev-parse", "--verify", parent+"^{tree}"); err != nil {
			return "", err
		}
	}
	for _, f := range p.Files {
		if err := g.add(ctx, s.place(f.Name), f); err != nil {
			return "", err
		}
	}
	tree, err := g.run(ctx, "", "write-tree")
	if err != nil {
		return "", err
	}
	if tree == before && old != "" {
		return old, nil
	}
	args := []string{"commit-tree", tree}
	if parent != "" {
		args = append(args, "-p", parent)
	}
	g.at = p.At
	message := fmt.Sprintf("Publish milestone %d\n\nsha256 of the files' list: %s\n", p.Milestone, manifest(p.Files))
	id, err := g.run(ctx, message, args...)
	if err != nil {
		return "", err
	}
	if old == "" {
		old = strings.Repeat("0", len(id))
	}
	if _, err := g.run(ctx, "", "update-ref", "-m", "quorate: publish", ref, id, old); err != nil {
		return "", err
	}
	return id, nil
}

// repository is a git repository with an index of its own for one commit.
type repository struct {
	dir, top string
	temp     string // a private folder for the index
	limit    time.Duration
	at       time.Time
}

func (s *Sink) openRepository(ctx context.Context) (*repository, error) {
	dir, err := filepath.EvalSymlinks(s.cfg.Dir)
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp(s.opts.PrivateDir, ".git-")
	if err != nil {
		return nil, err
	}
	g := &repository{dir: dir, temp: temp, limit: DefaultGitLimit}
	if s.opts.GitLimit > 0 {
		g.limit = s.opts.GitLimit
	}
	if g.top, err = g.run(ctx, "", "rev-parse", "--show-toplevel"); err != nil {
		g.close()
		return nil, err
	}
	return g, nil
}

func (g *repository) close() { _ = os.RemoveAll(g.temp) } // private, and of no further use

// notCheckedOut refuses a branch that a work tree shows: its files would seem to be deleted there.
func (g *repository) notCheckedOut(ctx context.Context, ref string) error {
	out, err := g.run(ctx, "", "worktree", "list", "--porcelain")
	if err != nil {
		return err
	}
	for line := range strings.Lines(out) {
		if strings.TrimSpace(line) == "branch "+ref {
			return fmt.Errorf("git: the branch %s is checked out: name another one in the sink's git block, or check out another branch there", strings.TrimPrefix(ref, "refs/heads/"))
		}
	}
	return nil
}

// add puts a published file into the index.
func (g *repository) add(ctx context.Context, path string, f FileSum) error {
	body, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if digest(body) != f.SHA256 {
		return fmt.Errorf("git: %s is no longer what was published; commit it by hand", f.Name)
	}
	path, err = filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(g.top, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return fmt.Errorf("git: %s is not in the repository of the blog", f.Name)
	}
	blob, err := g.run(ctx, string(body), "hash-object", "-w", "--stdin", "--no-filters")
	if err != nil {
		return err
	}
	_, err = g.run(ctx, fmt.Sprintf("100644 %s\t%s\x00", blob, filepath.ToSlash(rel)), "update-index", "-z", "--index-info")
	return err
}

// run runs git with nothing of the user's surroundings: no hooks, no signing, no configuration but the repository's, and of
// that nothing that starts a program.
func (g *repository) run(ctx context.Context, stdin string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, g.limit, fmt.Errorf("git took more than %s", g.limit))
	defer cancel()
	var all []string
	for _, c := range []string{
		"safe.directory=*", "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.untrackedCache=false", "commit.gpgSign=false", "gc.auto=0",
		"maintenance.auto=false", "protocol.allow=never", "core.attributesFile=/dev/null",
	} {
		all = append(all, "-c", c)
	}
	all = append(all, "-C", g.dir)
	cmd := exec.CommandContext(ctx, "git", append(all, args...)...)
	date := fmt.Sprintf("%d +0000", g.at.Unix())
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + g.temp, "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0",
		"GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_INDEX_FILE=" + filepath.Join(g.temp, "index"),
		"GIT_AUTHOR_NAME=Quorate", "GIT_AUTHOR_EMAIL=quorate@localhost", "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=Quorate", "GIT_COMMITTER_EMAIL=quorate@localhost", "GIT_COMMITTER_DATE=" + date,
	}
	cmd.Stdin = strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	switch {
	case err == nil:
		return strings.TrimSpace(string(out)), nil
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("git is not installed, or not in the PATH of the agent")
	}
	first, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
	return "", fmt.Errorf("git %s: %.200s (%w)", args[0], first, err)
}
