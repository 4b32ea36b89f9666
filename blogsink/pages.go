package blogsink

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/quorate/quorate/internal/sanitize"
)

//go:embed templates/*.tmpl
var builtIn embed.FS

// pages are the parsed templates of a post.
type pages struct {
	t   *template.Template
	sum [sha256.Size]byte // of the owner's; zero where there are none
	// left are those that the owner defined with nothing in them: sections that are to be left out.
	left map[string]bool
}

// functions are what templates may call beside the methods of what Facts holds. Each makes words of numbers or of cleaned
// texts, and reads nothing else.
func functions() template.FuncMap {
	return template.FuncMap{
		"phase": phaseTitle, "list": sentences, "part": clause, "sources": sourceList, "roles": roleList, "period": period,
		"sentence": func(c Count) string { return capital(c.Word()) },
		"capital":  capital,
	}
}

// loadPages parses the built-in templates, and over them those of a folder; "" for none.
func loadPages(dir string) (*pages, error) {
	t, err := template.New("post").Funcs(functions()).ParseFS(builtIn, "templates/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	p := &pages{t: t, left: map[string]bool{}}
	if dir == "" {
		return p, nil
	}
	if err := p.own(dir); err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	return p, nil
}

// CheckTemplates reports the first mistake in a folder of templates of the owner's, with file and line, and returns a sum
// of what they say. Each *.tmpl file in it may define any of the sections ("section-ID"), their headings ("heading-ID") and
// parts of its own anew. They see Facts and nothing else.
func CheckTemplates(dir string) ([sha256.Size]byte, error) {
	p, err := loadPages(dir)
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	return p.sum, nil
}

// maxTemplate bounds one file: a template is written by hand.
const maxTemplate = 256 << 10

// own parses the templates of a folder over the built-in ones, and tries what they define.
func (p *pages) own(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.tmpl"))
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir); err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("%s holds no file *.tmpl", dir)
	}
	known := map[string]bool{}
	for _, o := range order() {
		known["section-"+o.id], known["heading-"+o.id] = true, true
	}
	sum := sha256.New()
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if len(b) > maxTemplate {
			return fmt.Errorf("%s has %d bytes, at most %d are read", file, len(b), maxTemplate)
		}
		fmt.Fprintf(sum, "%s %d\n%s", filepath.Base(file), len(b), b)
		one, err := template.New(filepath.Base(file)).Funcs(functions()).Parse(string(b))
		if err != nil {
			return placed(dir, err)
		}
		for _, d := range one.Templates() {
			name := d.Name()
			if name == filepath.Base(file) {
				continue
			}
			if name == "head" {
				return fmt.Errorf("%s defines \"head\": the front matter is not to be redefined, site builders and the series rely on it", file)
			}
			if (strings.HasPrefix(name, "section-") || strings.HasPrefix(name, "heading-")) && !known[name] {
				return fmt.Errorf("%s defines %q: there is no such section; there are %s", file, name, strings.Join(sectionIDs(), ", "))
			}
			if parse.IsEmptyTree(d.Root) { // text/template would keep the one that was there
				p.left[name] = true
				continue
			}
			if _, err := p.t.AddParseTree(name, d.Tree); err != nil {
				return placed(dir, err)
			}
		}
	}
	p.sum = [sha256.Size]byte(sum.Sum(nil))
	for _, f := range samples() {
		if _, _, err := p.render(f); err != nil {
			return placed(dir, err)
		}
	}
	return nil
}

// placed turns "template: numbers.tmpl:3:7: ..." into the file's path and the rest.
func placed(dir string, err error) error {
	text := err.Error()
	for range 3 {
		text = strings.TrimPrefix(text, "template: ")
	}
	name, _, _ := strings.Cut(text, ":")
	if strings.HasSuffix(name, ".tmpl") {
		text = filepath.Join(dir, text)
	}
	return errors.New(text)
}

func sectionIDs() []string {
	var ids []string
	for _, o := range order() {
		ids = append(ids, o.id)
	}
	return ids
}

// samples are facts to try templates with: nothing at all, and everything with one entry in each list.
func samples() []*Facts {
	full := &Facts{}
	fill(reflect.ValueOf(full).Elem(), 0)
	full.Title, full.Phase = sanitize.Compose("A title"), sanitize.Compose("Phase 1")
	one := full.Timeline.Happenings[0]
	full.Timeline.Happenings = nil
	for kind := KindOutage; kind <= KindDispute; kind++ {
		for i := range 6 {
			one.Kind, one.Turn, one.Times, one.Ongoing = kind, i%3, Count(1+i/3), i == 2
			full.Timeline.Happenings = append(full.Timeline.Happenings, one)
		}
	}
	return []*Facts{{}, full}
}

// deepest is how deep samples go: blocks of a configuration hold blocks.
const deepest = 10

// fill sets every exported number to 2, every flag, and puts one entry into every list.
func fill(v reflect.Value, depth int) {
	if depth > deepest {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth+1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(2)
	default: // the other leaves cannot be filled from here
	}
}

// execute gives the text of one template; "" where it is not defined.
func (p *pages) execute(name string, f *Facts) (string, error) {
	if p.left[name] || p.t.Lookup(name) == nil {
		return "", nil
	}
	var b strings.Builder
	if err := p.t.ExecuteTemplate(&b, name, f); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}

// render makes the front matter and the sections.
func (p *pages) render(f *Facts) (head []byte, sections []section, err error) {
	text, err := p.execute("head", f)
	if err != nil {
		return nil, nil, err
	}
	for _, o := range order() {
		body, err := p.execute("section-"+o.id, f)
		if err != nil {
			return nil, nil, err
		}
		if body == "" {
			continue
		}
		heading, err := p.execute("heading-"+o.id, f)
		if err != nil {
			return nil, nil, err
		}
		if heading = cmp.Or(heading, o.heading); heading != "" {
			body = "## " + heading + "\n\n" + body
		}
		if o.ruled {
			body = "---\n\n" + body
		}
		sections = append(sections, section{id: o.id, body: tidy(body)})
	}
	return tidy(text), slices.Clip(sections), nil
}
