package e2e

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/internal/lab"
)

// needs skips the test where a program is missing, loudly; where everything is to be tested that is a failure.
func needs(t *testing.T, program, debian string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("QUORATE_CI") == "1" {
		t.Fatalf("needs %s (Debian package %s)", program, debian)
	}
	t.Skipf("SKIPPED: needs %s (Debian package %s)", program, debian)
}

// mostExposed is the worst that the unit may score: 0 is a service that can do nothing, 10 one that can do everything.
const mostExposed = 1.5

var exposure = regexp.MustCompile(`Overall exposure level for quorate\.service: ([0-9.]+)`)

// TestUnitIsHardened scores the unit as systemd does, without a running systemd.
func TestUnitIsHardened(t *testing.T) {
	needs(t, "systemd-analyze", "systemd")
	unit, err := filepath.Abs("../packaging/quorate.service")
	if err != nil {
		t.Fatal(err)
	}
	r := command{}.program(t, "systemd-analyze", "security", "--offline=true", "--no-pager", unit)
	m := exposure.FindStringSubmatch(r.stdout)
	if r.code != 0 || m == nil {
		t.Fatalf("systemd-analyze: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if score, err := strconv.ParseFloat(m[1], 64); err != nil || score > mostExposed {
		t.Errorf("the unit scores %s, want %v at most\n%s", m[1], mostExposed, r.stdout)
	}
	// Unknown and misspelt directives are warnings.
	if r.stderr != "" {
		t.Errorf("systemd does not like the unit: %s", r.stderr)
	}
}

// TestInstall runs "make install" as a packager does, with the binary that is there already.
func TestInstall(t *testing.T) {
	needs(t, "make", "make")
	dir, root := t.TempDir(), t.TempDir()
	for _, f := range []string{"Makefile", "packaging/quorate.service", "packaging/quorate.sysusers"} {
		write(t, filepath.Join(dir, f), read(t, filepath.Join("..", f)))
	}
	binary := filepath.Join(dir, "quorate")
	if err := os.Link(quorate, binary); err != nil {
		t.Fatal(err)
	}
	r := command{dir: dir}.program(t, "make", "--no-print-directory", "--old-file=build", "install", "DESTDIR="+root)
	if r.code != 0 || !strings.Contains(r.stdout, "Next: quorate init /etc/quorate") {
		t.Fatalf("make install: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	want := []string{
		"drwxr-x--- etc/quorate",
		"-rw-r--r-- etc/systemd/system/quorate.service",
		"-rw-r--r-- usr/lib/sysusers.d/quorate.conf",
		"-rwxr-xr-x usr/local/bin/quorate",
	}
	if diff := cmp.Diff(want, installed(t, root)); diff != "" {
		t.Errorf("installed (-want +got):\n%s", diff)
	}
	unit := read(t, filepath.Join(root, "etc/systemd/system/quorate.service"))
	for _, line := range []string{"ExecStart=/usr/local/bin/quorate agent --config /etc/quorate", "ExecReload=/usr/local/bin/quorate reload --config /etc/quorate"} {
		if !strings.Contains(unit, "\n"+line+"\n") {
			t.Errorf("the unit does not run what was installed with the configuration that init writes: no %s", line)
		}
	}
	checkInstalledFolder(t, root)

	if r := (command{dir: dir}).program(t, "make", "uninstall", "DESTDIR="+root); r.code != 0 {
		t.Fatalf("make uninstall: exit %d\n%s", r.code, r.stderr)
	}
	left := installed(t, root)
	gone := func(f string) bool { return strings.HasPrefix(f, "-") && !strings.Contains(f, " etc/quorate/") }
	if slices.ContainsFunc(left, gone) || len(left) == 0 {
		t.Errorf("left after uninstall: %q; want the configuration alone", left)
	}
}

// installed lists files and folders without content below root, with their modes.
func installed(t *testing.T, root string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if d.IsDir() {
			if entries, err := os.ReadDir(path); err != nil || len(entries) > 0 {
				return err
			}
		}
		rel, err := filepath.Rel(root, path)
		all = append(all, info.Mode().String()+" "+rel)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// checkInstalledFolder writes a first configuration where the unit looks for it.
func checkInstalledFolder(t *testing.T, root string) {
	t.Helper()
	s := newSite(t, "")
	etc := filepath.Join(root, "etc", "quorate")
	r := command{dir: root}.program(t, filepath.Join(root, "usr/local/bin/quorate"), append([]string{"init", etc}, s.flags("librenms")...)...)
	if r.code != 0 || !strings.Contains(r.stdout, "11 devices") {
		t.Fatalf("init into the installed folder: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	command{env: []string{"QUORATE_CONFIG=" + etc}}.ok(t, "validate", etc)
	noSecret(t, read(t, filepath.Join(etc, "quorate.hcl")))
	if !strings.Contains(read(t, filepath.Join(etc, "secrets", "librenms-token")), lab.Canary) {
		t.Error("the token was not written")
	}
}
