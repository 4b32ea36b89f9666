package snmpdirect

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestProfileMistakes makes each mistake in an otherwise good profile: what is told names file, line, field and what to do.
func TestProfileMistakes(t *testing.T) {
	t.Parallel()
	const good = `name: acme
detect:
  - object_id: [1.3.6.1.4.1.32473.1.]
collect: [interfaces]
identity:
  model: {oid: 1.3.6.1.4.1.32473.1.1.0}
objects:
  - component: fan:1
    oid: 1.3.6.1.4.1.32473.1.2.0
    state:
      object: acmeFan
      values:
        1: {name: ok, is: ok}
tables:
  - entry: 1.3.6.1.4.1.32473.1.3.1
    kind: temperature
    readings:
      - {column: 2, quantity: temperature, unit: Cel}
`
	if _, err := parseProfile("acme.yaml", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"no YAML", "collect: [interfaces]", "collect: [interfaces", "acme.yaml:"},
		{"unknown field", "    kind: temperature", "    knd: temperature", `acme.yaml:16: "knd": "tables" has no such field: it has entry, kind`},
		{"a word for a number", "column: 2", "column: two", `acme.yaml:18: "column": "two" does not fit here: write a whole number`},
		{"a text for a list", "[interfaces]", "interfaces", `acme.yaml:4: "collect": write a list`},
		{"a list for a text", "name: acme\n", "name: [acme]\n", `acme.yaml:1: "name": "" does not fit here: write text`},
		{"a text for a mapping", "{column: 2, quantity: temperature, unit: Cel}", "temperature", `acme.yaml:18: "readings": write its fields`},
		{"bad name", "name: acme", "name: Acme Inc", `acme.yaml:1: "name": "Acme Inc": write a short name of small letters`},
		{"no rule", "  - object_id: [1.3.6.1.4.1.32473.1.]", "  []", `acme.yaml:2: "detect": write at least one rule`},
		{"a rule for all", "object_id: [1.3.6.1.4.1.32473.1.]", "contains: [x]", `acme.yaml:3: "detect": a rule that asks nothing fits every device`},
		{"a name in an OID", "object_id: [1.3.6.1.4.1.32473.1.]", "object_id: [enterprises.32473]", `acme.yaml:3: "detect": "enterprises.32473" is no object identifier`},
		{"contains without answers", "object_id: [1.3.6.1.4.1.32473.1.]", "{object_id: [1.3.6.1.4.1.32473.1.], matches: x}", `acme.yaml:3: "detect": "contains" and "matches" are about the object in "answers"`},
		{"bad expression", "object_id: [1.3.6.1.4.1.32473.1.]", "descr: '(['", `acme.yaml:3: "descr": "([" is no regular expression`},
		{"endless expression", "object_id: [1.3.6.1.4.1.32473.1.]", "descr: '" + strings.Repeat("a", maxPattern+1) + "'", `acme.yaml:3: "descr": a regular expression is longer`},
		{"unknown collection", "[interfaces]", "[interfaces, weather]", `acme.yaml:4: "collect": there is no "weather": choose of interfaces`},
		{"unknown profile", "collect: [interfaces]", "include: [hosts]", `acme.yaml:4: "include": there is no other built-in profile "hosts": choose of hp-aos-s`},
		{"bad OID", "32473.1.3.1", "32473..3.1", `acme.yaml:15: "entry": "1.3.6.1.4.1.32473..3.1" is no object identifier`},
		{"unknown kind", "kind: temperature", "kind: oven", `acme.yaml:16: "kind": there is no "oven": choose of port`},
		{"unknown quantity", "quantity: temperature", "quantity: heat", `acme.yaml:18: "quantity": there is no "heat"`},
		{"another unit", "unit: Cel", "unit: F", `acme.yaml:18: "unit": temperature is measured in Cel, not in "F"`},
		{"no column", "column: 2, ", "", `acme.yaml:18: "column": write the number of the column`},
		{"nothing made", "    readings:\n      - {column: 2, quantity: temperature, unit: Cel}\n", "", `acme.yaml:15: "entry": the table is read and nothing is made of it`},
		{"unknown state", "is: ok", "is: fine", `acme.yaml:10: "acmeFan": "fine" is no state: write ok, warning or critical`},
		{"no meaning", "      values:\n        1: {name: ok, is: ok}\n", "", `acme.yaml:10: "values": write what the numbers mean`},
		{"component without label", "component: fan:1", "component: fan", `acme.yaml:8: "component": write kind:label`},
		{"state of the device", "component: fan:1", "component: device", `acme.yaml:8: "component": the state of a part needs a part`},
		{"both oid and column", "model: {oid: 1.3.6.1.4.1.32473.1.1.0}", "model: {}", `acme.yaml:6: "model": write "oid" for one object or "column"`},
		{"the same key twice", "collect: [interfaces]", "name: other", "acme.yaml:4: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if strings.Count(good, tt.old) == 0 {
				t.Fatalf("%q is not in the good profile", tt.old)
			}
			_, err := parseProfile("acme.yaml", []byte(strings.Replace(good, tt.old, tt.new, 1)))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s...", err, tt.want)
			}
		})
	}
}

// folder writes files into a folder that only its owner may change.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a folder needs x
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const acme = "name: %\ndetect:\n  - object_id: [1.3.6.1.4.1.32473.]\n"

func ownProfile(name string) string { return strings.Replace(acme, "%", name, 1) }

func TestOwnProfilesComeFirst(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"b.yaml": ownProfile("zeta"), "a.yml": ownProfile("comware"), "c.yaml": "name: generic\ndetect: [{}]\nvendor: Ours\n",
		"notes.txt": "not read", ".hidden.yaml": "not: read",
	})
	all, err := loadProfiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	builtin, err := loadProfiles("")
	if err != nil {
		t.Fatal(err)
	}
	if all[0].Name != "comware" || all[0].Vendor != "" || all[1].Name != "zeta" {
		t.Errorf("first are %s and %s", all[0].Name, all[1].Name)
	}
	if len(all) != len(builtin)+1 {
		t.Errorf("%d profiles, want the %d built-in ones, two of them replaced, and one more", len(all), len(builtin))
	}
	if last := all[len(all)-1]; last.Name != genericProfile || last.Vendor != "Ours" {
		t.Errorf("the last is %s of %q", last.Name, last.Vendor)
	}
}

func TestOwnProfilesRefused(t *testing.T) {
	t.Parallel()
	many := map[string]string{}
	for i := range maxProfileFiles + 1 {
		name := "p" + strings.Repeat("x", i%50) + string(rune('a'+i/50))
		many[name+".yaml"] = ownProfile(name)
	}
	for _, tt := range []struct {
		name  string
		files map[string]string
		chmod os.FileMode
		want  []string
	}{
		{"two mistakes in two files", map[string]string{"a.yaml": "name: a\n", "b.yaml": ownProfile("b") + "vendr: x\n"}, 0, []string{
			`a.yaml:1: "detect": write at least one rule`, `b.yaml:4: "vendr": the profile has no such field`}},
		{"the same name twice", map[string]string{"a.yaml": ownProfile("x"), "b.yaml": ownProfile("x")}, 0, []string{`"x" is also that of`}},
		{"empty", map[string]string{"a.yaml": "\n"}, 0, []string{"a.yaml: the file is empty"}},
		{"comments alone", map[string]string{"a.yaml": "# later\n"}, 0, []string{"a.yaml: the file holds no profile"}},
		{"too large", map[string]string{"a.yaml": ownProfile("a") + "#" + strings.Repeat("x", maxProfileSize)}, 0, []string{"a.yaml: the file is larger than 256 KiB"}},
		{"too many", many, 0, []string{"there are more than 200 profiles"}},
		{"others may write", map[string]string{"a.yaml": ownProfile("a")}, 0o622, []string{"a.yaml: it has mode 0622", "use: chmod go-w "}},
		{"aliases of aliases", map[string]string{"a.yaml": bomb()}, 0, []string{"a.yaml"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, tt.files)
			if tt.chmod != 0 {
				if err := os.Chmod(filepath.Join(dir, "a.yaml"), tt.chmod); err != nil {
					t.Fatal(err)
				}
			}
			_, err := loadProfiles(dir)
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("got  %v\nwant %s", err, w)
				}
			}
		})
	}
	if _, err := loadProfiles("profiles"); err == nil || !strings.Contains(err.Error(), "write the whole path") {
		t.Errorf("a relative folder: %v", err)
	}
}

// bomb is a file whose aliases would stand for a billion items.
func bomb() string {
	var b strings.Builder
	b.WriteString("name: a\ndetect:\n  - &a0 {contains: [x]}\n")
	b.WriteString("describe: &l0 [x, x, x, x, x, x, x, x, x]\n")
	prev := "*l0"
	for i := range 9 {
		b.WriteString("x" + string(rune('0'+i)) + ": &m" + string(rune('0'+i)) + " [" + strings.TrimSuffix(strings.Repeat(prev+", ", 9), ", ") + "]\n")
		prev = "*m" + string(rune('0'+i))
	}
	return b.String()
}

// TestProfileDocs holds what the guide says of the format: every field is in it, and its example is the one that is tested.
func TestProfileDocs(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/adding/profile.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(b)
	example, err := os.ReadFile("testdata/own_profile/profiles/acme-rack.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(guide, "```yaml\n"+string(example)+"```\n") {
		t.Error("the example in docs/adding/profile.md is not that of testdata/own_profile")
	}
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		switch {
		case seen[typ]:
		case typ.Kind() == reflect.Pointer, typ.Kind() == reflect.Slice, typ.Kind() == reflect.Map:
			walk(typ.Elem())
		case typ.Kind() == reflect.Struct && typ != reflect.TypeFor[pattern]():
			seen[typ] = true
			for f := range typ.Fields() {
				if name := f.Tag.Get("yaml"); !strings.Contains(guide, "`"+name+"`") {
					t.Errorf("docs/adding/profile.md does not tell of %q", name)
				}
				walk(f.Type)
			}
		}
	}
	walk(reflect.TypeFor[profile]())
	if len(seen) < 8 {
		t.Errorf("only %d kinds of blocks were looked at", len(seen))
	}
	for _, k := range slices.Concat(kinds(), collectable()) {
		if !strings.Contains(guide, k) {
			t.Errorf("docs/adding/profile.md does not tell of %q", k)
		}
	}
}

// FuzzProfile reads any file as a profile: it is refused with its name, or it is one that asks and shows within bounds.
func FuzzProfile(f *testing.F) {
	for _, name := range profileOrder() {
		b, err := profileFiles.ReadFile("profiles/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		if len(b) < 600 { // small seeds: the fuzzer spends its time on making large ones smaller
			f.Add(b)
		}
	}
	f.Add([]byte("name: a\ndetect: [&r {object_id: [1]}, *r]\ntables:\n- {entry: 1.2, kind: fan, states: [&s {column: 1, object: x, values: {1: {is: ok}}}, {<<: *s, column: 2}]}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parseProfile("x.yaml", b)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "x.yaml:") {
				t.Errorf("the error does not say where: %v", err)
			}
			return
		}
		if p.Name == "" || len(p.Detect) == 0 || len(p.Objects) > maxSingles || len(p.Tables) > maxTables {
			t.Errorf("accepted: %+v", p)
		}
		for i := range p.Tables {
			if n := len(p.Tables[i].columns("1")); n == 0 || n > 2+3*maxFields {
				t.Errorf("a table of %d columns", n)
			}
		}
	})
}

func BenchmarkLoadProfiles(b *testing.B) {
	for b.Loop() {
		if _, err := loadProfiles(""); err != nil {
			b.Fatal(err)
		}
	}
}
