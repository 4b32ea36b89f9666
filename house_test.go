package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/quorate/quorate"

// room is a row of the table in docs/architecture.md.
type room struct {
	folder  string
	imports []string // rooms; "everything" and "everything but x" as written
}

var tableRow = regexp.MustCompile("^\\| `([^`]+)` \\| .* \\| ([^|]+) \\|$")

func rooms(t *testing.T) []room {
	t.Helper()
	b, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	var rs []room
	for line := range strings.Lines(string(b)) {
		if m := tableRow.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			r := room{folder: m[1]}
			for w := range strings.SplitSeq(m[2], ",") {
				r.imports = append(r.imports, strings.TrimSpace(w))
			}
			rs = append(rs, r)
		}
	}
	if len(rs) < 10 {
		t.Fatalf("docs/architecture.md: %d rows in the table of rooms", len(rs))
	}
	return rs
}

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var ps []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return ps
		} else if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
}

// roomOf returns the room of a package of ours: the longest folder of the table that holds it.
func roomOf(rs []room, path string) (room, bool) {
	rel := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
	if rel == "" {
		rel = "."
	}
	var best room
	for _, r := range rs {
		if (rel == r.folder || strings.HasPrefix(rel, r.folder+"/")) && len(r.folder) > len(best.folder) {
			best = r
		}
	}
	return best, best.folder != ""
}

func ours(path string) bool { return path == module || strings.HasPrefix(path, module+"/") }

func TestHouseMapMatchesFolders(t *testing.T) {
	rs := rooms(t)
	for _, r := range rs {
		if _, err := os.Stat(r.folder); err != nil {
			t.Errorf("docs/architecture.md names %s, which does not exist", r.folder)
		}
	}
	for _, p := range packages(t) {
		if _, ok := roomOf(rs, p.ImportPath); !ok {
			t.Errorf("%s is in no room of docs/architecture.md", p.ImportPath)
		}
	}
}

func TestHouseImports(t *testing.T) {
	rs := rooms(t)
	for _, p := range packages(t) {
		from, ok := roomOf(rs, p.ImportPath)
		if !ok {
			continue
		}
		for _, imp := range p.Imports {
			if !ours(imp) {
				continue
			}
			to, _ := roomOf(rs, imp)
			if to.folder == from.folder || from.allows(to.folder) {
				continue
			}
			t.Errorf("%s (room %s) imports %s (room %s); the table allows %v", p.ImportPath, from.folder, imp, to.folder, from.imports)
		}
	}
}

func (r room) allows(folder string) bool {
	for _, a := range r.imports {
		if except, ok := strings.CutPrefix(a, "everything but "); ok && folder != except && folder != "." {
			return true
		}
		if a == "everything" || a == folder {
			return true
		}
	}
	return false
}

// TestHouseForeignLibraries holds the borders that the table cannot express: which room may link which library.
func TestHouseForeignLibraries(t *testing.T) {
	direct := []struct {
		library string
		rooms   []string
	}{
		{"github.com/hashicorp/hcl/v2", []string{"agent"}},
		{"github.com/mattn/go-sqlite3", []string{"internal/store"}},
		{"github.com/ThreeDotsLabs/watermill", []string{"pipeline"}},
		{"github.com/hashicorp/go-plugin", []string{"sdk", "internal/host"}},
		{"github.com/danielgtaylor/huma/v2", []string{"internal/api"}},
		{"github.com/gosnmp/gosnmp", []string{"plugins", "internal/lab"}},
	}
	rs := rooms(t)
	for _, p := range packages(t) {
		from, _ := roomOf(rs, p.ImportPath)
		for _, d := range direct {
			for _, imp := range p.Imports {
				if (imp == d.library || strings.HasPrefix(imp, d.library+"/")) && !slices.Contains(d.rooms, from.folder) {
					t.Errorf("%s imports %s; only %v may", p.ImportPath, imp, d.rooms)
				}
			}
		}
	}
}

// TestHousePluginsAreLight keeps plugins and the SDK free of everything that belongs to the agent.
func TestHousePluginsAreLight(t *testing.T) {
	forbidden := []string{
		module + "/agent", module + "/pipeline", module + "/internal", module + "/identity", module + "/consensus",
		"github.com/hashicorp/hcl", "github.com/mattn/go-sqlite3", "github.com/ThreeDotsLabs/watermill",
	}
	for _, p := range packages(t) {
		rel := strings.TrimPrefix(p.ImportPath, module+"/")
		if !strings.HasPrefix(rel, "plugins/") && !strings.HasPrefix(rel, "sdk") && rel != "device" && !strings.HasPrefix(rel, "examples/") {
			continue
		}
		for _, dep := range p.Deps {
			for _, f := range forbidden {
				if dep == f || strings.HasPrefix(dep, f+"/") {
					t.Errorf("%s links %s", p.ImportPath, dep)
				}
			}
			if other, ok := pluginOf(dep); ok {
				if own, _ := pluginOf(p.ImportPath); own != other {
					t.Errorf("%s links the plugin %s", p.ImportPath, other)
				}
			}
		}
		if rel == "device" {
			for _, dep := range p.Deps {
				if strings.Contains(strings.Split(dep, "/")[0], ".") {
					t.Errorf("device links %s; it takes the standard library only", dep)
				}
			}
		}
	}
}

func pluginOf(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, module+"/plugins/")
	if !ok {
		return "", false
	}
	name, _, _ := strings.Cut(rest, "/")
	return name, true
}

// TestHouseChecklistsLeadSomewhere: a path in a checklist that does not exist sends the next person astray.
func TestHouseChecklistsLeadSomewhere(t *testing.T) {
	lists, err := filepath.Glob("docs/adding/*.md")
	if err != nil || len(lists) == 0 {
		t.Fatalf("docs/adding: %d checklists, %v", len(lists), err)
	}
	path := regexp.MustCompile("`([a-z][a-zA-Z0-9_./-]*/[a-zA-Z0-9_./-]*)`")
	for _, list := range lists {
		b, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range path.FindAllStringSubmatch(string(b), -1) {
			if _, err := os.Stat(m[1]); err != nil {
				t.Errorf("%s names %s, which does not exist", list, m[1])
			}
		}
	}
}
