package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// released are the versions of the schema of which testdata has a database.
func released(t *testing.T) []int {
	t.Helper()
	names, err := filepath.Glob("testdata/released/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	versions := make([]int, len(names))
	for i, name := range names {
		if _, err := fmt.Sscanf(filepath.Base(name), "%03d.sql", &versions[i]); err != nil || versions[i] != i+1 {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if len(versions) < 7 {
		t.Fatalf("databases of %d versions, want 7 at least", len(versions))
	}
	return versions
}

// makeReleased makes a data folder as a program of that version left it.
func makeReleased(t *testing.T, version int) string {
	t.Helper()
	dir := folder(t)
	if err := errors.Join(os.Mkdir(dir, 0o700), prepareFile(dir)); err != nil {
		t.Fatal(err)
	}
	w, err := openWriter(filepath.Join(dir, fileName), syncOff)
	if err != nil {
		t.Fatal(err)
	}
	text := string(mustRead(t, fmt.Sprintf("testdata/released/%03d.sql", version)))
	if err := errors.Join(w.use(func() error { return w.exec("BEGIN; " + text + "COMMIT") }), w.close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// content returns the rows of all tables of a database in these columns; nil columns are filled in.
func content(t *testing.T, path string, columns map[string]string) map[string][]string {
	t.Helper()
	db := openPool(path, "mode=ro")
	defer func() { _ = db.Close() }()
	if len(columns) == 0 {
		names, err := texts(db, "SELECT name FROM sqlite_schema WHERE type = 'table'")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			cells, err := texts(db, "SELECT 'quote(' || name || ')' FROM pragma_table_info(?)", name)
			if err != nil {
				t.Fatal(err)
			}
			columns[name] = strings.Join(cells, " || ',' || ")
		}
	}
	all := map[string][]string{}
	for name, cells := range columns {
		rows, err := texts(db, "SELECT "+cells+" FROM "+name+" ORDER BY 1")
		if err != nil {
			t.Fatal(err)
		}
		all[name] = rows
	}
	return all
}

// A database of every version is upgraded with all it holds; the copy of before is the older one, whole.
func TestUpgradeFromEachReleased(t *testing.T) {
	ctx := context.Background()
	for _, version := range released(t) {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			dir := makeReleased(t, version)
			path := filepath.Join(dir, fileName)
			columns := map[string]string{}
			before := content(t, path, columns)
			if _, err := OpenReader(ctx, dir); err == nil || !strings.Contains(err.Error(), "start the agent once") {
				t.Errorf("reader of the older one: %v", err)
			}

			s := mustOpen(t, dir, Options{})
			if d := cmp.Diff(before, content(t, path, columns)); d != "" {
				t.Fatalf("the upgrade changed (-before +after):\n%s", d)
			}
			if err := s.Scrub(ctx); err != nil {
				t.Error(err)
			}
			l, err := s.Load(ctx)
			if err != nil || l.LastSeq != 9 || l.LastBatch != 3 || l.Salt != "ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
				t.Errorf("loaded event %d, batch %d, salt %q, %v", l.LastSeq, l.LastBatch, l.Salt, err)
			}
			if seq, err := s.Cursor(ctx, "blog"); err != nil || seq != 7 {
				t.Errorf("the cursor is %d, %v", seq, err)
			}
			mustCommit(t, s, shift(record(4, 3), 9))

			saved := filepath.Join(dir, fmt.Sprintf("quorate-v%d.db", version))
			if d := cmp.Diff(before, content(t, saved, columns)); d != "" {
				t.Errorf("the copy differs (-before +copy):\n%s", d)
			}
			if info, err := os.Stat(saved); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode of the copy: %v %v", info.Mode(), err)
			}
		})
	}
}

func TestFailedMigrationLeavesTheOlder(t *testing.T) {
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	dir := makeReleased(t, 5)
	path, columns := filepath.Join(dir, fileName), map[string]string{}
	before := content(t, path, columns)
	bad := migration{version: 6, name: "006_bad.sql", sql: "CREATE TABLE half (a TEXT) STRICT; DELETE FROM event; nonsense"}
	if _, err := Open(context.Background(), dir, Options{migrations: append(all[:5:5], bad)}); err == nil || !strings.Contains(err.Error(), bad.name) {
		t.Fatalf("%v", err)
	}
	after := map[string]string{}
	content(t, path, after)
	if d := cmp.Diff(before, content(t, path, columns)); d != "" || len(after) != len(columns) {
		t.Errorf("the failed migration left something (-before +after):\n%s", d)
	}
}

// upgradeEnv tells a child which folder to upgrade, and at which migration it never gets to the end.
const upgradeEnv = "QUORATE_TEST_UPGRADE"

// TestUpgradeInAChild is the child of the test below.
func TestUpgradeInAChild(t *testing.T) {
	dir, stuck, ok := strings.Cut(os.Getenv(upgradeEnv), "\n")
	if !ok {
		return // only a child has something to do here
	}
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if all[i].name == stuck {
			all[i].sql += ";\nWITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT count(*) FROM x"
		}
	}
	s, err := Open(context.Background(), dir, Options{migrations: all})
	t.Errorf("the migration came to its end: %v, %v", s, err)
}

// An upgrade that is killed while a migration has its transaction open leaves a whole database, older or newer, and the
// next one finishes it.
func TestUpgradeKilled(t *testing.T) {
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, m := range all[1:] {
		pause := time.Duration(100+rnd.IntN(300)) * time.Millisecond
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			dir := makeReleased(t, 1)
			path, columns := filepath.Join(dir, fileName), map[string]string{}
			before := content(t, path, columns)
			child := exec.Command(os.Args[0], "-test.run=^TestUpgradeInAChild$")
			child.Env = append(os.Environ(), upgradeEnv+"="+dir+"\n"+m.name)
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			// On a slow machine it is killed before it came so far: that must do no harm either.
			timer := time.AfterFunc(pause, func() { _ = child.Process.Kill() })
			defer timer.Stop()
			if err := child.Wait(); err == nil || child.ProcessState.ExitCode() != -1 {
				t.Fatalf("the child was not killed: %v", err)
			}
			version, err := inspect(t.Context(), path, len(all))
			if err != nil || version >= m.version {
				t.Fatalf("seed %d: version %d, %v", seed, version, err)
			}
			if d := cmp.Diff(before, content(t, path, columns)); d != "" {
				t.Fatalf("seed %d: half an upgrade (-before +after):\n%s", seed, d)
			}
			s := mustOpen(t, dir, Options{})
			if d := cmp.Diff(before, content(t, path, columns)); d != "" {
				t.Fatalf("seed %d: after the next one (-before +after):\n%s", seed, d)
			}
			if err := s.Scrub(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// A migration is never edited: what it makes is what the databases of its version have.
func TestMigrationsAreAsReleased(t *testing.T) {
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	schema := func(path string) []string {
		db := openPool(path, "mode=ro")
		defer func() { _ = db.Close() }()
		sqls, err := texts(db, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(sqls)
		return sqls
	}
	for _, version := range released(t) {
		dir := folder(t)
		if err := errors.Join(os.Mkdir(dir, 0o700), prepareFile(dir)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, fileName)
		w, err := openWriter(path, syncOff)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(migrate(w, 0, all[:version]), w.close()); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(schema(filepath.Join(makeReleased(t, version), fileName)), schema(path)); d != "" {
			t.Errorf("version %d (-released +migrations):\n%s", version, d)
		}
	}
}
