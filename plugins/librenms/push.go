package librenms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

const (
	maxPush       = 1 << 20 // bytes
	maxPushAlerts = 256     // of one push
	maxPushSeen   = 512     // pushes that are remembered
)

// pushes is what receiving needs to know. A push is received while a poll runs.
type pushes struct {
	mu    sync.Mutex
	names map[string]string // device_id by host name, "" where several have it
	seen  map[pushKey]bool
	order []pushKey // of seen, the oldest first
}

// pushKey tells one push from the next: LibreNMS sends them again, by several transports and after time-outs.
type pushKey struct{ alert, state, stamp string }

// pushed is one alert of a push, of either transport.
type pushed struct {
	alert, rule, device, host, state, stamp, name string
}

// know remembers the devices of a poll by their host names, which is what a push has where nobody added its device_id.
func (p *pushes) know(devices []seen) {
	names := make(map[string]string, len(devices))
	for _, d := range devices {
		host := strings.ToLower(d.row.Hostname.String())
		if id, ok := names[host]; ok && id != d.id {
			names[host] = ""
		} else {
			names[host] = d.id
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.names = names
}

func (p *pushes) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.names, p.seen, p.order = nil, nil, nil
}

// Receive takes what LibreNMS' transports "Alertmanager" and "API" (as a form) send. It returns the devices that it is
// about, none for a test and for what was sent before, sdk.Everything where no device is named that is known. Nothing
// else of it is used: whatever it says of a state, the API is asked.
func (s *Source) Receive(_ context.Context, push sdk.Push) ([]string, error) {
	alerts, err := readPush(push)
	if err != nil {
		return nil, err
	}
	var refs []string
	for _, a := range alerts {
		if a.test() {
			continue
		}
		if ref := s.pushes.ref(a); ref != "" && !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	if slices.Contains(refs, sdk.Everything) {
		return []string{sdk.Everything}, nil
	}
	return refs, nil
}

// test reports whether the transport's test button sent it: with a real device, and an alert and a rule that are none.
func (a pushed) test() bool {
	return a.alert == "000" || a.rule == "000" || strings.EqualFold(a.name, "Test-Rule")
}

// ref is the device to ask for again, "" for what was sent before.
func (p *pushes) ref(a pushed) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if key := (pushKey{sourcehttp.Cut(a.alert, 40), sourcehttp.Cut(a.state, 40), sourcehttp.Cut(a.stamp, 40)}); a.alert != "" && a.stamp != "" {
		if p.seen[key] {
			return ""
		}
		if p.seen == nil {
			p.seen = map[pushKey]bool{}
		}
		p.seen[key] = true
		if p.order = append(p.order, key); len(p.order) > maxPushSeen {
			delete(p.seen, p.order[0])
			p.order = slices.Delete(p.order, 0, 1)
		}
	}
	if n, err := strconv.ParseUint(a.device, 10, 63); err == nil && n > 0 {
		return strconv.FormatUint(n, 10)
	}
	if id := p.names[strings.ToLower(a.host)]; id != "" {
		return id
	}
	return sdk.Everything
}

var (
	errPushLarge = errors.New("the push is larger than 1 MiB")
	errPush      = errors.New(`the push is neither what LibreNMS' transport "Alertmanager" sends nor a form with "alert_id", "device_id" or "hostname"`)
)

// readPush reads a body by what it looks like: the API transport calls a form text/plain where nobody told it better.
func readPush(push sdk.Push) ([]pushed, error) {
	if len(push.Body) > maxPush {
		return nil, errPushLarge
	}
	body := bytes.TrimSpace(push.Body)
	if len(body) == 0 {
		return nil, errPush
	}
	if body[0] == '[' || body[0] == '{' {
		return readAlertmanager(body)
	}
	return readForm(string(body))
}

// alertmanagerAlert is what is read of an alert of the Alertmanager transport: labels alone. Its texts are for people.
type alertmanagerAlert struct {
	Labels struct {
		Name     sourcehttp.Scalar `json:"alertname"`
		Instance sourcehttp.Scalar `json:"instance"`
		AlertID  sourcehttp.Scalar `json:"dyn_alert_id"`
		DeviceID sourcehttp.Scalar `json:"dyn_device_id"`
		RuleID   sourcehttp.Scalar `json:"dyn_rule_id"`
		State    sourcehttp.Scalar `json:"dyn_state"`
		Stamp    sourcehttp.Scalar `json:"dyn_timestamp"`
	} `json:"labels"`
}

func readAlertmanager(body []byte) ([]pushed, error) {
	var list []alertmanagerAlert
	if body[0] == '{' {
		// As Alertmanager itself would pass it on.
		var group struct {
			Alerts []alertmanagerAlert `json:"alerts"`
		}
		if json.Unmarshal(body, &group) != nil {
			return nil, errPush
		}
		list = group.Alerts
	} else if json.Unmarshal(body, &list) != nil {
		return nil, errPush
	}
	var alerts []pushed
	for _, a := range list[:min(len(list), maxPushAlerts)] {
		l := a.Labels
		p := pushed{
			alert: l.AlertID.String(), rule: l.RuleID.String(), device: l.DeviceID.String(), host: l.Instance.String(),
			state: l.State.String(), stamp: l.Stamp.String(), name: l.Name.String(),
		}
		if p != (pushed{}) {
			alerts = append(alerts, p)
		}
	}
	if len(alerts) == 0 {
		return nil, errPush
	}
	return alerts, nil
}

// readForm reads what the API transport sends as a form. LibreNMS puts values into it as they are, so that a & or a %
// of a value breaks the form there: the fields that matter here hold neither, and what is broken is skipped.
func readForm(body string) ([]pushed, error) {
	var a pushed
	fields := map[string]*string{
		"alert_id": &a.alert, "rule_id": &a.rule, "device_id": &a.device, "hostname": &a.host, "state": &a.state,
		"timestamp": &a.stamp, "name": &a.name,
	}
	for field := range strings.FieldsFuncSeq(body, func(c rune) bool { return c == '&' || c == '\n' || c == '\r' }) {
		key, value, _ := strings.Cut(field, "=")
		to := fields[strings.TrimSpace(key)]
		if to == nil || *to != "" {
			continue
		}
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		*to = strings.TrimSpace(value)
	}
	if a.alert == "" && a.device == "" && a.host == "" {
		return nil, errPush
	}
	return []pushed{a}, nil
}
