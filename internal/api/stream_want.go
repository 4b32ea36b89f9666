package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/live"
)

// maxTypes is how many types a client may name.
const maxTypes = 100

// wanted is what a client wants of the record.
type wanted struct {
	after  int64
	filter live.Filter
}

// mistaken is why a client gets nothing, in the terms of a problem.
type mistaken struct {
	status       int
	code, detail string
}

// wanted reads what a client wants from its address: after, type, device, source. The browser's Last-Event-ID goes
// before after, for a page that comes back asks by the address that it began with.
func (s *Server) wanted(r *http.Request) (wanted, *mistaken) {
	query := r.URL.Query()
	for name := range query {
		if !slices.Contains([]string{"after", "type", "device", "source"}, name) {
			return wanted{}, &mistaken{http.StatusBadRequest, "unknown_parameter", "A stream takes \"after\", \"type\", \"device\" and \"source\"."}
		}
	}
	w := wanted{after: live.Newest}
	from := r.Header.Get("Last-Event-ID")
	if from == "" {
		from = query.Get("after")
	}
	if from != "" {
		n, err := strconv.ParseInt(from, 10, 64)
		if err != nil || n < 0 {
			return w, &mistaken{http.StatusBadRequest, "bad_position", "\"after\" and Last-Event-ID take a sequence number."}
		}
		w.after = n
	}
	var names []string
	for _, list := range query["type"] {
		names = append(names, strings.Split(list, ",")...)
	}
	var wrong *mistaken
	w.filter, wrong = s.filterOf(names, query.Get("device"), query.Get("source"))
	return w, wrong
}

// filterOf understands what a client asks for: types of events or families of them such as "verdict.*", a device by name,
// id or address, a source of the configuration.
func (s *Server) filterOf(types []string, deviceName, source string) (live.Filter, *mistaken) {
	f := live.Filter{Source: source}
	if len(types) > maxTypes {
		return f, &mistaken{http.StatusUnprocessableEntity, "invalid", "These are more types of events than there are."}
	}
	for _, name := range types {
		matched := false
		family, all := strings.CutSuffix(name, "*")
		for _, t := range device.EventTypes() {
			if string(t) == name || all && strings.HasSuffix(family, ".") && strings.HasPrefix(string(t), family) {
				f.Types, matched = append(f.Types, t), true
			}
		}
		if !matched {
			return f, &mistaken{http.StatusUnprocessableEntity, "invalid", "There is no such type of event; \"verdict.changed\" is one, and \"verdict.*\" are all that begin so."}
		}
	}
	if deviceName != "" {
		d, ok := s.read.Device(deviceName, s.now())
		if !ok {
			return f, &mistaken{http.StatusNotFound, "not_found", "There is no device of that name, id or address."}
		}
		f.Device = d.ID
	}
	if source != "" && !slices.ContainsFunc(s.read.Sources(s.now()), func(one device.SourceStatus) bool { return one.Name == source }) {
		return f, &mistaken{http.StatusNotFound, "not_found", "There is no source of that name."}
	}
	return f, nil
}
