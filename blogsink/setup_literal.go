package blogsink

import (
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/sanitize"
)

// Literal is a value as a configuration writes it. What makes one takes numbers, words of closed lists, aliases and
// names of its own, so that no text from outside gets in.
type Literal struct{ text string }

// String is the value with its quotation marks.
func (l Literal) String() string { return l.text }

func literalNumber(f float64) Literal { return Literal{strconv.FormatFloat(f, 'f', -1, 64)} }

func literalYes(yes bool) Literal { return Literal{strconv.FormatBool(yes)} }

// literalSpan writes 5m, not 5m0s.
func literalSpan(d time.Duration) Literal {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return Literal{strconv.Quote(s)}
}

// literalSize writes bytes in the largest unit that takes a whole number.
func literalSize(bytes float64) Literal {
	n, unit := int64(bytes), ""
	for _, next := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if n == 0 || n%1024 != 0 {
			break
		}
		n, unit = n/1024, next
	}
	return Literal{strconv.Quote(strconv.FormatInt(n, 10) + unit)}
}

func literalWord(w settingWord) Literal { return Literal{strconv.Quote(w.text)} }

func literalAlias(a sanitize.Alias) Literal { return Literal{strconv.Quote(a.String())} }

// literalSource is the name of a source as a configuration can have it: small letters and hyphens.
func literalSource(a sanitize.Alias) Literal { return Literal{strconv.Quote(sourceLabel(a))} }

func sourceLabel(a sanitize.Alias) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(a.String()), "'", ""), " ", "-")
}

// literalPeer is an alias with a port behind it; 0 is none.
func literalPeer(a sanitize.Alias, port uint16) Literal {
	if port == 0 {
		return literalAlias(a)
	}
	return Literal{strconv.Quote(net.JoinHostPort(a.String(), strconv.Itoa(int(port))))}
}

// literalLocalhost is this machine by its name.
func literalLocalhost(port uint16) Literal {
	if port == 0 {
		return Literal{`"localhost"`}
	}
	return Literal{strconv.Quote("localhost:" + strconv.Itoa(int(port)))}
}

// literalDomain is the domain that all fictional host names end in.
func literalDomain() Literal { return Literal{`"example.net"`} }

// literalPlugin stands for the type of a source whose program is the owner's own.
func literalPlugin() Literal { return Literal{`"plugin"`} }

// literalAuthorization is the one header whose name says nothing.
func literalAuthorization() Literal { return Literal{`"Authorization"`} }

// literalLabel takes common words for groups and tags.
func literalLabel(s string) (Literal, bool) { return Literal{strconv.Quote(s)}, plainLabels[s] }

// key is a literal as the key of a map: without quotation marks where it needs none.
func (l Literal) key() Literal {
	plain := strings.Trim(l.text, `"`)
	if strings.Trim(plain, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return l
	}
	return Literal{plain}
}

// place is a fixed part of an address or a path, from a closed list.
type place int

const (
	placeNone place = iota
	placePath       // some path
	placeBlog
	placeNotes
	placeLog
)

var placeTexts = [...]string{"", "/path", "/srv/blog", "/srv/notes", "/var/lib/quorate/events.jsonl"}

// literalURL is an address on the web with nothing of the real one but how it is reached.
func literalURL(secure bool, host Literal, p place) Literal {
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	at := strings.Trim(host.text, `"`)
	if _, err := netip.ParseAddr(at); err == nil && strings.Contains(at, ":") {
		at = "[" + at + "]"
	}
	return Literal{`"` + scheme + at + placeTexts[p] + `"`}
}

// literalPlace is a path of the product's own, numbered from the second on.
func literalPlace(p place, n int) Literal {
	text := placeTexts[p]
	if n > 1 {
		base, end := text, ""
		if i := strings.LastIndexByte(text, '.'); i > strings.LastIndexByte(text, '/') {
			base, end = text[:i], text[i:]
		}
		text = base + "-" + strconv.Itoa(n) + end
	}
	return Literal{strconv.Quote(text)}
}

// literalLoopback is an address of every machine, which is nobody's secret.
func literalLoopback(a netip.Addr, port uint16) (Literal, bool) {
	switch {
	case !a.IsLoopback() || a.Zone() != "":
		return Literal{}, false
	case port == 0:
		return Literal{strconv.Quote(a.String())}, true
	}
	return Literal{strconv.Quote(netip.AddrPortFrom(a, port).String())}, true
}

// literalListen is an address of this machine alone with its port, of which 0 is any that is free.
func literalListen(at netip.AddrPort) (Literal, bool) {
	return Literal{strconv.Quote(at.String())}, at.Addr().IsLoopback() && at.Addr().Zone() == ""
}

// literalRef is a number that stands for what a source calls a device.
func literalRef(n int) Literal { return Literal{strconv.Quote(strconv.Itoa(1000 + n))} }

// literalVariable is a reference to a secret.
func literalVariable(v Variable) Literal { return Literal{`env("` + v.text + `")`} }

var (
	cronForm   = regexp.MustCompile(`^(?i)(?:[0-9*,/-]|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)+$`)
	amountForm = regexp.MustCompile(`^\d{1,12}(?:B|[kKMGT]i?B)?$`)
)

// literalSchedule takes the five fields of cron.
func literalSchedule(s string) (Literal, bool) {
	fields := strings.Fields(s)
	for _, f := range fields {
		if !cronForm.MatchString(f) {
			return Literal{}, false
		}
	}
	return Literal{strconv.Quote(strings.Join(fields, " "))}, len(fields) == 5
}

// literalAmount takes a number of bytes with its unit.
func literalAmount(s string) (Literal, bool) {
	return Literal{strconv.Quote(s)}, amountForm.MatchString(s)
}

// literalEvent takes a type of events or the beginning of one, with or without a state.
func literalEvent(s string) (Literal, bool) {
	kind, state, has := strings.Cut(s, ":")
	begin, family := strings.CutSuffix(kind, "*")
	known := slices.ContainsFunc(device.EventTypes(), func(t device.EventType) bool {
		return string(t) == kind || family && strings.HasPrefix(string(t), begin)
	})
	return Literal{strconv.Quote(s)}, known && (!has || settingWords[state])
}

// Variable is the name of an environment variable, made of words of the configuration's own.
type Variable struct{ text string }

func (v Variable) String() string { return v.text }

// variableOf names the place of a secret: the type of what has it, the attribute, and a number from the second on.
func variableOf(kind, attribute settingWord, push bool, n int) Variable {
	word := map[string]string{"snmp-direct": "snmp"}[kind.text]
	if word == "" {
		word = kind.text
	}
	what := map[string]string{"api_token": "token", "urls": "url", "headers": "header"}[attribute.text]
	if what == "" {
		what = attribute.text
	}
	if push {
		what = "push_" + what
	}
	text := strings.ToUpper(strings.ReplaceAll(word+"_"+what, "-", "_"))
	if n > 1 {
		text += "_" + strconv.Itoa(n)
	}
	return Variable{text}
}
