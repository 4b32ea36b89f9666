package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/access"
)

// searching are the parameters that look for words in what is private: by what is found, or how much, somebody who may
// only share would learn the words.
var searching = []string{"q", "kind", "component", "quantity"}

// noName is in the place of a name that nobody has: no device, source or sink is called so.
const noName = "\x00"

// byAliases is the request of somebody who may only share with the names in it that the masked ones stand for. He knows
// no others: a name as it really is leads to the same answer as one that there is not.
func (s *Server) byAliases(r *http.Request) (*http.Request, error) {
	q := r.URL.Query()
	for _, name := range searching {
		if q.Has(name) {
			return nil, fail("scope_missing", "The parameter "+quoted(name)+" searches in what is private: it takes the scope read.")
		}
	}
	_, pattern, _ := strings.Cut(r.Pattern, " ")
	path, parts := strings.Split(r.URL.EscapedPath(), "/"), strings.Split(pattern, "/")
	for _, of := range []struct {
		param string
		all   func() []string
	}{{"device", s.deviceIDs}, {"source", s.sourceNames}, {"sink", s.sinkNames}} {
		in := slices.Index(parts, "{"+of.param+"}")
		if in < 0 && !q.Has(of.param) {
			continue
		}
		meant, err := s.meantBy(r, of.all())
		if err != nil {
			return nil, err
		}
		if in >= 0 && in < len(path) {
			path[in] = url.PathEscape(meant(r.PathValue(of.param)))
		}
		for i, alias := range q[of.param] {
			if alias != "" {
				q[of.param][i] = meant(alias)
			}
		}
	}
	out := r.Clone(r.Context())
	out.URL.RawPath = strings.Join(path, "/")
	var err error
	if out.URL.Path, err = url.PathUnescape(out.URL.RawPath); err != nil {
		return nil, fmt.Errorf("put names into the path: %w", err) // each part is escaped
	}
	out.URL.RawQuery = q.Encode()
	return out, nil
}

// meantBy returns what finds the name that an alias stands for.
func (s *Server) meantBy(r *http.Request, names []string) (func(alias string) string, error) {
	text, err := json.Marshal(names)
	if err != nil {
		return nil, fmt.Errorf("write names: %w", err)
	}
	if text, err = s.share(r.Context(), text); err != nil {
		return nil, err
	}
	var aliases []string
	if err := json.Unmarshal(text, &aliases); err != nil || len(aliases) != len(names) {
		return nil, fmt.Errorf("%d names were masked as %d: %w", len(names), len(aliases), err)
	}
	return func(alias string) string {
		if i := slices.Index(aliases, alias); i >= 0 {
			return names[i]
		}
		return noName
	}, nil
}

func (s *Server) deviceIDs() []string {
	return namesIn(s.read.Devices(s.now()), func(d *device.Current) string { return string(d.ID) })
}

func (s *Server) sourceNames() []string {
	return namesIn(s.read.Sources(s.now()), func(x *device.SourceStatus) string { return x.Name })
}

func (s *Server) sinkNames() []string {
	return namesIn(s.read.Sinks(), func(x *device.SinkStatus) string { return x.Name })
}

func namesIn[T any](all []T, name func(*T) string) []string {
	names := make([]string, len(all))
	for i := range all {
		names[i] = name(&all[i])
	}
	return names
}

// sharedWith says whether an answer is to be masked, from who asks and the values of the parameter "share".
func sharedWith(c access.Caller, wish []string) (masked bool, _ *Problem) {
	switch {
	case len(wish) == 0 || len(wish) == 1 && wish[0] == "false":
		return c.Masked, nil
	case len(wish) == 1 && wish[0] == "true":
		return true, nil
	}
	// Whoever means to pass the answer on must not get it as it is.
	return false, newProblem("invalid", "\"share\" takes true or false, once.", Fault{"query.share", "neither true nor false"})
}
