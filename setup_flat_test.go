package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/agent"
	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/internal/sanitize"
)

// stand says what stands for a value of some kind in a post; nil where the values are those of a post already.
type stand func(kind, text string) string

// fiction asks the table of aliases, and knows nothing of how a listing is made.
func fiction(t testing.TB, table *sanitize.Table, cfg *agent.Config) stand {
	t.Helper()
	types := map[string]string{}
	for _, s := range cfg.Sources {
		types[s.Name] = s.Type
	}
	must := func(a sanitize.Alias, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return a.String()
	}
	ctx := context.Background()
	labels := map[string]sanitize.Label{
		"group": sanitize.LabelGroup, "tag": sanitize.LabelTag, "credential": sanitize.LabelCredential, "target": sanitize.LabelTarget,
		"window": sanitize.LabelWindow, "sink": sanitize.LabelSink, "machine": sanitize.LabelMachine, "header": sanitize.LabelHeader,
	}
	var of stand
	of = func(kind, text string) string {
		kind, product, _ := strings.Cut(kind, " ")
		switch kind {
		case "device":
			return must(table.Device(ctx, "pin:"+text, sanitize.RoleDevice))
		case "source":
			return strings.NewReplacer(" ", "-", "'", "").Replace(strings.ToLower(must(table.Source(ctx, text, sanitize.ProductOf(types[text], text)))))
		case "domain":
			return "example.net"
		case "mac":
			a, _, err := table.Hardware(ctx, text)
			return must(a, err)
		case "user":
			return must(table.User(ctx, text))
		case "place":
			return "somewhere"
		case "host":
			if ip, err := netip.ParseAddr(text); err == nil {
				if ip.IsLoopback() {
					return text
				}
				return must(table.Address(ctx, ip))
			}
			if h, port, err := net.SplitHostPort(text); err == nil {
				return net.JoinHostPort(of("host "+product, h), port)
			}
			return must(table.Site(ctx, text, sanitize.ProductOf(product, "")))
		case "url":
			u, err := url.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			out := u.Scheme + "://" + of("host "+product, u.Host)
			if strings.Trim(u.Path, "/") != "" {
				out += "/path"
			}
			return out
		}
		if slices.Contains([]string{"core", "storage", "edge"}, text) {
			return text
		}
		return must(table.Label(ctx, labels[kind], text))
	}
	return of
}

// flat writes settings as lines, with what stands for each value.
func flat(t testing.TB, cfg *agent.Config, of stand) []string {
	t.Helper()
	_, settings, err := cfg.Settings(t.Context(), described{}, slices.Collect(maps.Keys(builtin())))
	if err != nil {
		t.Fatal(err)
	}
	real := of == nil
	if real {
		of = func(kind, text string) string {
			if kind == "place" {
				return "somewhere"
			}
			return text
		}
	}
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	each := func(kind string, texts []string) []string {
		var all []string
		for _, s := range texts {
			if a := of(kind, s); !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
		return all
	}
	trust := func(m map[string]float64) map[string]float64 {
		all := map[string]float64{}
		for s, v := range m {
			all[of("source", s)] = v
		}
		return all
	}
	rules := func(r agent.RuleOverrides) string {
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	add("listen %s, domains %v, rules %+v", cfg.Listen, each("domain", cfg.Domains), cfg.Consensus)
	for _, s := range cfg.Sources {
		domain := of("source", s.Name)
		if _, other := cfg.Source(s.FaultDomain); other {
			domain = of("source", s.FaultDomain)
		} else if s.FaultDomain != s.Name {
			domain = of("machine", s.FaultDomain)
		}
		limits := fmt.Sprint(cmp.Or(s.Limits.Memory, host.DefaultMemory), cmp.Or(s.Limits.Files, host.DefaultFiles), cmp.Or(s.Limits.Processes, host.DefaultProcesses))
		add("source %s %s: %s %s trust %v domain %s anchors %v limits %s", s.Type, of("source", s.Name), s.Interval, s.Timeout, s.Trust, domain, each("device", s.Anchors), limits)
		out = append(out, flatJSON(t, settings[s.Name].JSON, s.Type, of)...)
		if p := settings[s.Name].Push; p != nil {
			add("push %d %d", p.MaxBody, p.PerMinute)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(cfg.Prefer)) {
		add("prefer %s %v", field, each("source", cfg.Prefer[field]))
	}
	for _, d := range cfg.Devices {
		var addresses []string
		for _, a := range d.Addresses {
			addresses = append(addresses, a.String())
		}
		refs := map[string]int{}
		for s, list := range d.Refs {
			refs[of("source", s)] = len(list)
		}
		add("device %s: %v %v %v refs %v parents %v tags %v trust %v rules %s", of("device", d.Name), each("host", addresses), each("host", d.Hostnames),
			each("mac", d.MACs), refs, each("device", d.Parents), each("tag", d.Tags), trust(d.Trust), rules(d.Rules))
	}
	for _, g := range cfg.Groups {
		add("group %s: %v %v trust %v rules %s", of("group", g.Name), each("device", g.Devices), each("tag", g.Tags), trust(g.Trust), rules(g.Rules))
	}
	for _, m := range cfg.Maintenance {
		if m.Schedule != "" { // one that comes once is left out
			add("maintenance %s: %v %v %q for %s", of("window", m.Name), each("group", m.Groups), each("device", m.Devices), m.Schedule, m.Duration)
		}
	}
	for _, a := range cfg.SharedAddresses {
		add("shared %s", of("host", a.String()))
	}
	for _, p := range cfg.NeverMerge {
		add("never %s %s", of("device", p[0]), of("device", p[1]))
	}
	for _, b := range cfg.Blogs {
		add("blog %s %s", of("sink", b.Name), b.Flavor)
	}
	for _, s := range cfg.Sinks {
		add("sink %s %s: %s %d %s %s %d %s %v", s.Type, of("sink", s.Name), s.Timeout, s.Batch, s.RetryFirst, s.RetryMost, s.MaxBacklog, s.AtCap, s.On)
	}
	return out
}

// kinds says what the texts of sources are; what is not here is left out of a listing.
var kinds = map[string]string{"url": "url", "address": "host", "username": "user", "user": "user", "credentials": "credential"}

// flatJSON writes the settings of a source as lines.
func flatJSON(t testing.TB, b []byte, kind string, of stand) []string {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		switch e := v[name].(type) {
		case float64, bool:
			out = append(out, fmt.Sprintf("  %s = %v", name, e))
		case string:
			switch d, err := time.ParseDuration(e); {
			case err == nil && d > 0:
				out = append(out, fmt.Sprintf("  %s = %s", name, d))
			case slices.Contains([]string{"token", "api_token", "passhash", "password", "community", "auth_password", "priv_password"}, name):
				out = append(out, "  "+name+" is a secret")
			case kinds[name] != "":
				out = append(out, "  "+name+" = "+of(kinds[name]+" "+kind, e))
			case slices.Contains([]string{"version", "auth_protocol", "priv_protocol", "transport"}, name):
				out = append(out, "  "+name+" = "+e)
			}
		case []any:
			for _, item := range e {
				switch item := item.(type) {
				case string:
					if kinds[name] != "" {
						out = append(out, "  "+name+" has "+of(kinds[name], item))
					}
				case map[string]any:
					label, _ := item["name"].(string)
					delete(item, "name")
					inner, err := json.Marshal(item)
					if err != nil {
						t.Fatal(err)
					}
					out = append(out, "  "+name+" "+of(name, label))
					out = append(out, flatJSON(t, inner, kind, of)...)
				}
			}
		}
	}
	return out
}
