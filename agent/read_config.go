package agent

import (
	"net/url"
	"strings"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/view"
)

// hidden stands for a secret.
const hidden = "(secret)"

// Configuration is made of the decoded settings, as posts have it, with the names and addresses of this home.
func (r *reader) Configuration() (view.Configuration, error) {
	g := r.a.generation()
	setup, err := g.cfg.Setup(g.infos, g.settings)
	if err != nil {
		return view.Configuration{}, err
	}
	s := shown{}
	for _, settings := range g.settings {
		s.secrets = append(s.secrets, settings.Secrets...)
	}
	sinks, err := g.cfg.sinkSettings()
	if err != nil {
		return view.Configuration{}, err
	}
	for _, settings := range sinks {
		s.secrets = append(s.secrets, settings.Secrets...)
	}
	return view.Configuration{ConfigStatus: r.a.configStatus(), Attributes: s.attributes(setup.Attributes), Blocks: s.blocks(setup.Blocks)}, nil
}

// shown writes settings so that no secret is in them.
type shown struct{ secrets []device.Secret }

func (s *shown) blocks(all []blogsink.SetupBlock) []view.ConfigBlock {
	out := make([]view.ConfigBlock, len(all))
	for i := range all {
		b := &all[i]
		out[i] = view.ConfigBlock{Type: b.Name, Labels: []string{}, Attributes: s.attributes(b.Attributes), Blocks: s.blocks(b.Blocks), LeftOut: b.Left}
		for _, l := range b.Labels {
			out[i].Labels = append(out[i].Labels, s.text(l.Text))
		}
	}
	return out
}

func (s *shown) attributes(all []blogsink.SetupAttribute) map[string]any {
	out := map[string]any{}
	for i := range all {
		out[all[i].Name] = s.value(&all[i].Value)
	}
	return out
}

func (s *shown) value(v *blogsink.SetupValue) any {
	switch v.Kind {
	case blogsink.SetupNumber, blogsink.SetupSize:
		return v.Number
	case blogsink.SetupYes:
		return v.Number == 1
	case blogsink.SetupSpan:
		return v.Span.String()
	case blogsink.SetupSecret:
		return hidden
	case blogsink.SetupURL:
		return s.text(withoutPath(v.Text))
	case blogsink.SetupList:
		list := make([]any, len(v.List))
		for i := range v.List {
			list[i] = s.value(&v.List[i])
		}
		return list
	case blogsink.SetupMap:
		m := map[string]any{}
		for i := range v.Keys {
			m[s.text(v.Keys[i].Text)] = s.value(&v.List[i])
		}
		return m
	case blogsink.SetupRef:
		_, ref, _ := strings.Cut(v.Text, "\x00") // behind its source, which is the key
		return s.text(ref)
	case blogsink.SetupOther, blogsink.SetupHeader:
		if v.Text == "" {
			return hidden // whatever it is, it was not taken along
		}
	}
	return s.text(v.Text)
}

// text hides what holds a value that came by reference.
func (s *shown) text(text string) string {
	for _, secret := range s.secrets {
		if v := secret.Reveal(); v != "" && strings.Contains(text, v) {
			return hidden
		}
	}
	return text
}

// withoutPath leaves of a URL where it leads: who enters there, and what stands behind the host, may be secret.
func withoutPath(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return hidden
	}
	short := u.Scheme + "://" + u.Host
	if u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		short += "/..."
	}
	return short
}
