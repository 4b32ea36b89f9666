package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/store"
)

// kept is the record of a replay, with the events that the replay printed.
func kept(t *testing.T) (dir, events string) {
	t.Helper()
	folder := filepath.Join("..", "..", "e2e", "testdata", "replay", "two_disagree")
	dir = filepath.Join(t.TempDir(), "kept")
	r := run(t, "", "replay", "--json", "--config", filepath.Join(folder, "quorate.hcl"), "--keep", dir, filepath.Join(folder, "scenario.jsonl"))
	r.want(t, exitOK, `"type":"verdict.changed"`, "")
	return dir, r.out
}

func TestExport(t *testing.T) {
	t.Setenv("TZ", "UTC")
	dir, events := kept(t)
	if got := run(t, "", "export", "--data", dir); got.code != exitOK || got.out != events {
		t.Errorf("exit %d %s\nexported\n%swas told\n%s", got.code, got.errOut, got.out, events)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(events, "\n"), "\n")
	var third device.Event
	if err := json.Unmarshal([]byte(lines[2]), &third); err != nil {
		t.Fatal(err)
	}
	at := third.At.Format(time.RFC3339Nano)
	after := run(t, "", "export", "--data", dir, "--since", at)
	before := run(t, "", "export", "--data", dir, "--until", at)
	if before.out+after.out != events || !strings.Contains(after.out, lines[2]) || strings.Contains(before.out, lines[2]) {
		t.Errorf("up to %s\n%sfrom then on\n%s", at, before.out, after.out)
	}
	file := filepath.Join(t.TempDir(), "events.jsonl")
	run(t, "", "export", "--data", dir, file).want(t, exitOK, "", "")
	if b, err := os.ReadFile(file); err != nil || string(b) != events {
		t.Errorf("the file holds %q, %v", b, err)
	}
	for what, want := range map[string]string{
		"verdicts": `"votes":[`, "observations": `"observation":{"ref":`, "polls": `"accepted":1`,
	} {
		all := run(t, "", "export", "--data", dir, "--what", what)
		all.want(t, exitOK, want, "")
		one := run(t, "", "export", "--data", dir, "--what", what, "--source", "prtg")
		one.want(t, exitOK, want, "")
		if n, of := strings.Count(one.out, "\n"), strings.Count(all.out, "\n"); n == 0 || n > of || what != "verdicts" && n == of {
			t.Errorf("%d of %d %s are of one source", n, of, what)
		}
		if got := run(t, "", "export", "--data", dir, "--what", what, "--source", "nobody"); got.code != exitOK || got.out != "" {
			t.Errorf("%s of nobody: %q", what, got.out)
		}
	}
	run(t, "", "export", "--data", dir, "--since", "yesterday").want(t, exitUsage, "", `--since "yesterday" is no time`)
	run(t, "", "export", "--data", dir, "--what", "all").want(t, exitUsage, "", "observations")
	run(t, "", "export", "--data", t.TempDir()).want(t, exitData, "", "quorate.db")
}

// What is damaged is left out, said and counted against the exit code; the rest is there.
func TestExportOfADamagedRecord(t *testing.T) {
	dir, events := kept(t)
	path := filepath.Join(dir, "quorate.db")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(events, "\n"), "\n")
	at := strings.Index(string(b), strings.TrimSpace(lines[1]))
	if at < 0 {
		t.Fatalf("the database does not hold %s", lines[1])
	}
	b[at+30] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	got := run(t, "", "export", "--data", dir)
	got.want(t, exitData, "", "left out: the database is damaged: table event, row 2")
	if want := strings.Replace(events, lines[1], "", 1); got.out != want {
		t.Errorf("exported\n%swant\n%s", got.out, want)
	}
}

func TestBackupAndRestore(t *testing.T) {
	t.Setenv("TZ", "UTC")
	dir, events := kept(t)
	to := t.TempDir()
	file := filepath.Join(to, "kept.db")
	run(t, "", "backup", "--data", dir, file).want(t, exitOK, file+": ", "")
	run(t, "", "backup", "--data", dir, "--no-verify", file).want(t, exitOK, "not read back", "")
	var answer backupAnswer
	r := run(t, "", "backup", "--data", dir, "--keep", "1", "--json", to)
	r.want(t, exitOK, "", "")
	if err := json.Unmarshal([]byte(r.out), &answer); err != nil || answer.Events != int64(strings.Count(events, "\n")) || !answer.Verified {
		t.Errorf("%+v, %v", answer, err)
	}
	run(t, "", "backup", "--data", dir, "--keep", "-1", to).want(t, exitUsage, "", "--keep")
	run(t, "", "backup", "--data", dir, filepath.Join(dir, "quorate.db")).want(t, exitFailed, "", "the database itself")

	run(t, "", "restore", "--data", dir, "--dry-run", file).want(t, exitOK, "would be kept as "+filepath.Join(dir, "quorate-before-restore-"), "")
	held, err := store.Open(t.Context(), dir, store.Options{Temporary: true})
	if err != nil {
		t.Fatal(err)
	}
	run(t, "", "restore", "--data", dir, file).want(t, exitData, "", "stop the agent first")
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	run(t, "", "restore", "--data", dir, file).want(t, exitOK, "next: start the agent", "")
	if got := run(t, "", "export", "--data", dir); got.out != events {
		t.Errorf("restored\n%swant\n%s", got.out, events)
	}
	run(t, "", "restore", "--data", dir, filepath.Join(to, "none.db")).want(t, exitFailed, "", "none.db")
	newer, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	newer[63] = 250
	if err := os.WriteFile(file, newer, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "", "restore", "--data", dir, file).want(t, exitNewer, "", "newer")
	if err := os.WriteFile(file, []byte("dear diary"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "", "restore", "--data", dir, file).want(t, exitData, "", "not a database of Quorate")
}
