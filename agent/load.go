package agent

import (
	"fmt"
	"path/filepath"
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// LoadOptions says how strictly a configuration is read.
type LoadOptions struct {
	// TrustModes leaves out the check that nobody else may write the files: for a replay, which runs nothing.
	TrustModes bool
	// Lookup stands in for the environment where it is not nil.
	Lookup func(string) (string, bool)
}

// Load reads, merges and checks the configuration at paths. Plugins' settings are checked later, by Settings. All
// mistakes in it are one error of type *Problems.
func Load(paths []string, opt LoadOptions) (*Config, error) {
	files, diags := parseFiles(paths, !opt.TrustModes)
	if diags.HasErrors() {
		return nil, problems(files, diags)
	}
	dir, err := files.dir()
	if err != nil {
		return nil, err
	}
	l := &loader{refs: newReferences(dir), cfg: &Config{Hash: files.hash(), files: files}, places: map[string]hcl.Range{}}
	if opt.Lookup != nil {
		l.refs.lookup = opt.Lookup
	}
	l.ctx = l.refs.context()
	l.frame(hcl.MergeFiles(files.bodies()))
	l.crossCheck()
	if l.diags.HasErrors() {
		return nil, problems(files, l.diags)
	}
	return l.cfg, nil
}

// loader decodes the frame: everything but the plugins' settings.
type loader struct {
	refs   *references
	ctx    *hcl.EvalContext
	cfg    *Config
	diags  hcl.Diagnostics
	places map[string]hcl.Range // of named blocks, to report a second one with the place of the first
}

var rootSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "never_merge"}, {Name: "shared_addresses"}},
	Blocks: []hcl.BlockHeaderSchema{
		{Type: "agent"}, {Type: "consensus"}, {Type: "prefer"},
		{Type: "source", LabelNames: []string{"type", "name"}},
		{Type: "device", LabelNames: []string{"name"}},
		{Type: "group", LabelNames: []string{"name"}},
		{Type: "maintenance", LabelNames: []string{"name"}},
		{Type: "sink", LabelNames: []string{"type", "name"}},
	},
}

func (l *loader) frame(body hcl.Body) {
	root, diags := body.Content(rootSchema)
	l.diags = append(l.diags, diags...)
	if root == nil {
		return
	}
	l.cfg.Name, l.cfg.DataDir, l.cfg.Listen = defaultName, DefaultDataDir, DefaultListen
	l.cfg.Consensus = defaultConsensus()
	for _, b := range root.Blocks {
		if !l.unique(b) {
			continue
		}
		switch b.Type {
		case "agent":
			l.agent(b)
		case "consensus":
			l.consensus(b)
		case "prefer":
			l.prefer(b)
		case "source":
			l.source(b)
		case "device":
			l.device(b)
		case "group":
			l.group(b)
		case "sink":
			l.sink(b)
		case "maintenance":
			l.maintenance(b)
		}
	}
	l.identityAttributes(attrs{root.Attributes, l.ctx, &l.diags})
}

// unique refuses a second block of the same name. Sources are unique by name alone, whatever their type.
func (l *loader) unique(b *hcl.Block) bool {
	key := b.Type
	if n := len(b.Labels); n > 0 {
		key += " " + b.Labels[n-1]
		if b.Labels[n-1] == "" {
			l.fail(b.LabelRanges[n-1], "Missing name", "A %s needs a name.", b.Type)
			return false
		}
	}
	if first, ok := l.places[key]; ok {
		l.fail(b.DefRange, "Duplicate block", "%s is at %s already.", describe(b), first)
		return false
	}
	l.places[key] = b.DefRange
	return true
}

func describe(b *hcl.Block) string {
	if n := len(b.Labels); n > 0 {
		return fmt.Sprintf("A %s named %q", b.Type, b.Labels[n-1])
	}
	return "The block \"" + b.Type + "\""
}

func (l *loader) fail(r hcl.Range, summary, detail string, args ...any) {
	attrs{diags: &l.diags}.fail(r, summary, detail, args...)
}

// content reads the body of a block of the kind, reporting what does not belong there.
func (l *loader) content(b *hcl.Block, kind string, blocks ...string) (attrs, hcl.Blocks) {
	schema := &hcl.BodySchema{}
	for _, n := range blocks {
		schema.Blocks = append(schema.Blocks, hcl.BlockHeaderSchema{Type: n})
	}
	for _, n := range frameAttributes[kind] {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: n})
	}
	c, diags := b.Body.Content(schema)
	l.diags = append(l.diags, diags...)
	return attrs{c.Attributes, l.ctx, &l.diags}, c.Blocks
}

func (l *loader) agent(b *hcl.Block) {
	a, blocks := l.content(b, "agent", "tls", "metrics")
	l.cfg.Name = a.str("name", l.cfg.Name)
	l.cfg.DataDir = a.str("data_dir", l.cfg.DataDir)
	if attr, ok := a.set["data_dir"]; ok {
		l.cfg.dataDir = attr.Expr.Range()
	}
	if !filepath.IsAbs(l.cfg.DataDir) {
		l.cfg.DataDir = filepath.Join(l.refs.dir, l.cfg.DataDir)
	}
	l.cfg.Domains = a.strs("domains")
	l.listenAttributes(a, l.metrics(blocks))
}

var sourceName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$`)

func (l *loader) source(b *hcl.Block) {
	a, blocks := l.content(b, "source", "config", "push", "limits")
	s := SourceConfig{
		Type: b.Labels[0], Name: b.Labels[1],
		Interval: a.duration("interval", DefaultInterval), Timeout: a.duration("timeout", DefaultTimeout),
		Trust: a.number("trust", 1, 0.01, 100), FaultDomain: a.str("fault_domain", b.Labels[1]), Anchors: a.strs("anchors"),
		Command: a.str("command", ""), SHA256: a.str("sha256", ""),
		settings: settingsBody{ctx: l.ctx, block: b.DefRange, dir: l.refs.dir},
	}
	for i, name := range []string{s.Type, s.Name} {
		if !sourceName.MatchString(name) {
			l.fail(b.LabelRanges[i], "Not a name", "%q: the type and name of a source are letters, digits, \"-\", \"_\" and \".\", at most 63.", name)
		}
	}
	if attr, ok := a.set["sha256"]; ok && !regexp.MustCompile(`^[0-9a-fA-F]{64}$`).MatchString(s.SHA256) {
		l.fail(attr.Expr.Range(), "Not a checksum", "\"sha256\" takes the 64 hexadecimal digits that \"sha256sum\" prints.")
	}
	if attr, ok := a.set["command"]; ok {
		if s.SHA256 == "" {
			l.fail(attr.Expr.Range(), "Missing checksum", "A plugin given by \"command\" also needs \"sha256\", so that nothing else is run in its place: what \"sha256sum\" prints for it.")
		}
		s.Command = l.path(s.Command)
	}
	s.push = s.settings
	bodies := map[string]*settingsBody{"config": &s.settings, "push": &s.push}
	for _, inner := range blocks {
		if inner.Type == "limits" {
			l.limits(inner, &s)
			continue
		}
		if body := bodies[inner.Type]; body.body == nil {
			body.body, body.block = inner.Body, inner.DefRange
			continue
		}
		l.fail(inner.DefRange, "Duplicate block", "A source has one %s block.", inner.Type)
	}
	l.cfg.Sources = append(l.cfg.Sources, s)
}

func (l *loader) prefer(b *hcl.Block) {
	set, diags := b.Body.JustAttributes()
	l.diags = append(l.diags, diags...)
	a := attrs{set, l.ctx, &l.diags}
	l.cfg.Prefer = map[string][]string{}
	fields := frameAttributes["prefer"]
	for name, attr := range set {
		if !contains(fields, name) {
			l.fail(attr.NameRange, "Unknown field", "%q is no field of a device; there are %q.%s", name, fields, suggestion(name, fields))
			continue
		}
		l.cfg.Prefer[name] = a.strs(name)
	}
}

func (l *loader) identityAttributes(a attrs) {
	for _, s := range a.strs("shared_addresses") {
		if ip, ok := a.address("shared_addresses", s); ok {
			l.cfg.SharedAddresses = append(l.cfg.SharedAddresses, ip)
		}
	}
	var pairs [][]string
	r, _ := a.into("never_merge", cty.List(cty.List(cty.String)), &pairs)
	for _, p := range pairs {
		if len(p) != 2 || p[0] == p[1] {
			l.fail(r, "Not a pair", "\"never_merge\" takes pairs of two different device names: [[\"web\", \"db\"]].")
			continue
		}
		l.cfg.NeverMerge = append(l.cfg.NeverMerge, [2]string{p[0], p[1]})
	}
}

// syntaxBody returns the native body behind b, where it is one.
func syntaxBody(b hcl.Body) (*hclsyntax.Body, bool) {
	s, ok := b.(*hclsyntax.Body)
	return s, ok
}
