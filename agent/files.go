package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
)

// fileSet is the parsed files of one configuration, in lexical order.
type fileSet struct {
	paths  []string
	parser *hclparse.Parser
	syntax hcl.Diagnostics // what the parser reported
}

// FindConfig returns where the configuration is: the given paths, else $QUORATE_CONFIG, ./quorate.hcl or
// /etc/quorate, the first that exists.
func FindConfig(given []string) ([]string, error) {
	if len(given) > 0 {
		return given, nil
	}
	if p := os.Getenv("QUORATE_CONFIG"); p != "" {
		return []string{p}, nil
	}
	for _, p := range []string{"quorate.hcl", "/etc/quorate"} {
		if _, err := os.Stat(p); err == nil {
			return []string{p}, nil
		}
	}
	return nil, errors.New("no configuration found: looked for $QUORATE_CONFIG, ./quorate.hcl and /etc/quorate; \"quorate init\" writes one, --config names one")
}

// FindDataDir returns the folder of the record that the configuration at paths names. It needs nothing else of it to be
// right, so that the agent on it is found also by whoever has just made a mistake. An error means that even that is not
// to be read there.
func FindDataDir(paths []string) (string, error) {
	files, diags := parseFiles(paths, false)
	dir, err := files.dir()
	if err != nil {
		return "", err
	}
	l := &loader{refs: newReferences(dir), cfg: &Config{files: files, DataDir: DefaultDataDir}, places: map[string]hcl.Range{}}
	l.ctx = l.refs.context()
	root, _, _ := hcl.MergeFiles(files.bodies()).PartialContent(rootSchema)
	if root == nil || len(files.paths) == 0 {
		return "", problems(files, diags)
	}
	for _, b := range root.Blocks.OfType("agent") {
		l.agent(b)
	}
	for _, d := range l.diags {
		if d.Subject != nil && d.Subject.Overlaps(l.cfg.dataDir) {
			return "", problems(files, append(diags, l.diags...))
		}
	}
	return l.cfg.DataDir, nil
}

// parseFiles reads the files, and the .hcl files of the folders, at paths.
func parseFiles(paths []string, checkMode bool) (fileSet, hcl.Diagnostics) {
	set := fileSet{parser: hclparse.NewParser()}
	var diags hcl.Diagnostics
	for _, p := range paths {
		files, err := expand(p)
		if err != nil {
			diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Configuration not readable", Detail: err.Error() + "."})
			continue
		}
		for _, f := range files {
			if slices.Contains(set.paths, f) {
				continue
			}
			if checkMode {
				diags = append(diags, modeDiagnostic(f)...)
			}
			_, d := set.parser.ParseHCLFile(f)
			set.syntax = append(set.syntax, d...)
			set.paths = append(set.paths, f)
		}
	}
	return set, append(diags, set.syntax...)
}

func expand(path string) ([]string, error) {
	path = filepath.Clean(path)
	info, err := os.Stat(path)
	if err != nil {
		if pe, ok := errors.AsType[*fs.PathError](err); ok {
			return nil, fmt.Errorf("%s: %w", path, pe.Err)
		}
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		// An editor's lock and backup files begin with a dot.
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".hcl") && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no .hcl file in this folder", path)
	}
	return files, nil
}

// modeDiagnostic refuses a file that others may write: whoever can change the configuration can run commands.
func modeDiagnostic(path string) hcl.Diagnostics {
	info, err := os.Stat(path)
	if err != nil {
		return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Configuration not readable", Detail: err.Error() + "."}}
	}
	if info.Mode().Perm()&0o022 == 0 {
		return nil
	}
	return hcl.Diagnostics{{
		Severity: hcl.DiagError, Summary: "Configuration writable by others",
		Detail: fmt.Sprintf("%s has mode %04o: group or others may change it, and with it what the agent runs. Use: chmod go-w %s", path, info.Mode().Perm(), path),
	}}
}

// bodies returns the files' bodies in the order of their paths.
func (s fileSet) bodies() []*hcl.File {
	files := make([]*hcl.File, 0, len(s.paths))
	for _, p := range s.paths {
		if f := s.parser.Files()[p]; f != nil {
			files = append(files, f)
		}
	}
	return files
}

// dir is the absolute folder of the first file: paths in the configuration start there, and plugins, which run in
// another folder, get them as well.
func (s fileSet) dir() (string, error) {
	path := "."
	if len(s.paths) > 0 {
		path = filepath.Dir(s.paths[0])
	}
	dir, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("the folder of the configuration: %w", err)
	}
	return dir, nil
}

// hash is the same for the same bytes, whatever the files are called.
func (s fileSet) hash() string {
	h := sha256.New()
	for _, f := range s.bodies() {
		fmt.Fprintf(h, "%d\n", len(f.Bytes))
		h.Write(f.Bytes)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
