package gitleaks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zricethezav/gitleaks/v8/detect"
)

// published are the endings of what may leave the house.
var published = map[string]bool{".md": true, ".svg": true, ".json": true, ".html": true, ".txt": true, ".hcl": true, ".png": true}

func files(t *testing.T) []string {
	t.Helper()
	root := filepath.Join("..", "..")
	folders := []string{filepath.Join(root, "docs"), filepath.Join(root, "blogsink", "testdata"), filepath.Join(root, "internal", "chart", "testdata")}
	if dir := os.Getenv("QUORATE_PRODUCED"); dir != "" {
		folders = append(folders, dir)
	}
	var out []string
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() && published[filepath.Ext(path)] {
				out = append(out, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestNothingIsFound: a finding names the rule and the line, and not what it found.
func TestNothingIsFound(t *testing.T) {
	d, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		t.Fatal(err)
	}
	all := files(t)
	if len(all) < 10 {
		t.Fatalf("only %d files to read", len(all))
	}
	for _, file := range all {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range d.DetectBytes(b) {
			t.Errorf("%s:%d: %s", file, f.StartLine+1, f.RuleID)
		}
	}
	t.Logf("%d files read", len(all))
}

// TestAPlantedTokenIsFound shows that the scanner scans. The token is put together here: none stands in the repository.
func TestAPlantedTokenIsFound(t *testing.T) {
	d, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		t.Fatal(err)
	}
	post := "The key was gh" + "p_" + strings.Join([]string{"k3J9x", "QmT7v", "Lw2Rz", "8bYc5", "NdF1s", "HpA6e", "GuVo4X"}, "")[:36] + " and is gone.\n"
	if found := d.DetectString(post); len(found) != 1 || found[0].RuleID != "github-pat" {
		t.Errorf("%d findings", len(found))
	}
	if found := d.DetectString("The key was rotated and is gone.\n"); len(found) != 0 {
		t.Errorf("%d findings in nothing", len(found))
	}
}
