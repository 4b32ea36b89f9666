package snmpdirect

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed profiles/*.yaml
var profileFiles embed.FS

// profileOrder is the order of detection: the first profile with a rule that holds is taken, so that who is more specific
// comes first. A line each, so that two who add one do not meet.
func profileOrder() []string {
	return []string{
		"hp-aos-s",
		"comware",
		"aruba-cx",
		"aruba-controller",
		"ruckus-zonedirector",
		"ruckus-unleashed",
		"ruckus-smartzone",
		"ruckus-ap",
		"icx",
		"wd-mycloud",
		"synology",
		"qnap",
		"apc",
		"ups-rfc1628",
		"proxmox",
		"opnsense",
		"pfsense",
		"truenas",
		"freebsd",
		"host",
		"generic",
	}
}

// Bounds of a folder of own profiles: far beyond what anybody needs, and small enough to be read at once.
const (
	maxProfileFiles = 200
	maxProfileSize  = 256 << 10
)

// loadProfiles reads the built-in profiles in the order of detection, and those of dir, if it is not empty, before them.
// One of dir that has a built-in one's name takes its place.
func loadProfiles(dir string) ([]*profile, error) {
	var builtin []*profile
	for _, name := range profileOrder() {
		file := "profiles/" + name + ".yaml"
		b, err := profileFiles.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("profile %s: %w", name, err)
		}
		p, err := parseProfile(file, b)
		if err != nil {
			return nil, err
		}
		builtin = append(builtin, p)
	}
	var own []*profile
	if dir != "" {
		var err error
		if own, err = readOwnProfiles(dir); err != nil {
			return nil, err
		}
	}
	include(slices.Concat(own, builtin), builtin)
	first := make([]*profile, 0, len(own)+len(builtin))
	for _, p := range own {
		i := slices.IndexFunc(builtin, func(b *profile) bool { return b.Name == p.Name })
		if i < 0 {
			first = append(first, p)
			continue
		}
		slog.Info("an own profile replaces a built-in one", "profile", p.Name, "dir", dir)
		if p.Name == genericProfile {
			builtin[i] = p // it fits everything: it stays the last
			continue
		}
		builtin = slices.Delete(builtin, i, i+1)
		first = append(first, p)
	}
	return append(first, builtin...), nil
}

// include adds the objects and tables of built-in profiles that others name, behind their own: of a component's readings
// the first counts. What an included profile includes itself is left out.
func include(all, builtin []*profile) {
	type content struct {
		objects []objectPart
		tables  []tablePart
	}
	before := map[string]content{}
	for _, p := range builtin {
		before[p.Name] = content{p.Objects, p.Tables}
	}
	for _, p := range all {
		for _, name := range p.Include {
			c := before[name]
			p.Objects, p.Tables = slices.Concat(p.Objects, c.objects), slices.Concat(p.Tables, c.tables)
		}
	}
}

// genericProfile is the one that fits whatever no other does.
const genericProfile = "generic"

// readOwnProfiles reads the files of a folder in the order of their names. All that is wrong is told at once, the first
// mistake of each file.
func readOwnProfiles(dir string) ([]*profile, error) {
	if !filepath.IsAbs(dir) {
		return nil, fmt.Errorf(`"profiles_dir" is %.200q: write the whole path, from the root`, dir)
	}
	if err := onlyOurs(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf(`"profiles_dir": there is no folder %s: make it, or take the attribute away`, dir)
	} else if err != nil {
		return nil, fmt.Errorf(`"profiles_dir": %w`, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf(`"profiles_dir": %w`, err)
	}
	var all []*profile
	var wrong []error
	from := map[string]string{}
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(e.Name())) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if len(from)+len(wrong) == maxProfileFiles {
			wrong = append(wrong, fmt.Errorf("%s: there are more than %d profiles: take away what is not needed", dir, maxProfileFiles))
			break
		}
		p, err := readOwnProfile(path)
		if err == nil && from[p.Name] != "" {
			err = fmt.Errorf(`%s: "name": %q is also that of %s: give each profile a name of its own`, path, p.Name, from[p.Name])
		}
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		from[p.Name] = path
		all = append(all, p)
	}
	return all, errors.Join(wrong...)
}

func readOwnProfile(path string) (*profile, error) {
	if err := onlyOurs(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxProfileSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(b) > maxProfileSize {
		return nil, fmt.Errorf("%s: the file is larger than %d KiB: a profile describes one kind of device", path, maxProfileSize>>10)
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil, fmt.Errorf("%s: the file is empty: write a profile, or take it away", path)
	}
	return parseProfile(path, b)
}

// onlyOurs refuses what group or others may change, as the agent does with its configuration, and what is no plain file
// or folder: a pipe would never end.
func onlyOurs(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return fmt.Errorf("%s: this is neither a file nor a folder", path)
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("%s: it has mode %04o: group or others may change what the agent believes of devices; use: chmod go-w %s", path, mode, path)
	}
	return nil
}
