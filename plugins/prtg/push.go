package prtg

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/quorate/quorate/sdk"
)

// maxPush is the longest body that is looked at.
const maxPush = 1 << 20

// pushKeys are the keys of the notification template in the README, and a few that people add to it.
var pushKeys = map[string]bool{
	"sensorid": true, "deviceid": true, "host": true, "status": true, "statesince": true, "device": true, "sensor": true, "message": true,
	"group": true, "groupid": true, "probe": true, "priority": true, "datetime": true, "lastvalue": true, "down": true, "sitename": true,
}

// Receive takes the body of PRTG's "Execute HTTP Action". It only says which device to ask about now: what it tells of a
// state is localised, may be a repeat and may be anybody's, and is never believed.
func (s *Source) Receive(_ context.Context, p sdk.Push) ([]string, error) {
	if len(p.Body) > maxPush {
		return nil, errors.New("push: the body is too long")
	}
	fields := pushFields(string(p.Body))
	if len(fields) == 0 {
		return nil, errors.New(`push: no field of the notification template is in the body: it must begin like "sensorid=%sensorid&deviceid=%deviceid"`)
	}
	if id, ok := pushedID(fields["deviceid"]); ok {
		return []string{strconv.FormatInt(id, 10)}, nil
	}
	if id, ok := pushedID(fields["sensorid"]); ok {
		if device, known := s.sensors.device(id); known {
			return []string{strconv.FormatInt(device, 10)}, nil
		}
	}
	return []string{sdk.Everything}, nil
}

// pushFields reads a form whose values were put in as they are. A piece without a known key belongs to the value before
// it, since names and messages hold "&" and "="; the message comes last and takes all the rest; of a repeated key the
// first one counts, since a device can be called "x&status=Up"; bad escapes stay as they are.
func pushFields(body string) map[string]string {
	type span struct{ from, to int }
	spans := map[string]span{}
	last := ""
	for at := 0; at <= len(body); {
		end := len(body)
		if n := strings.IndexByte(body[at:], '&'); n >= 0 {
			end = at + n
		}
		key, _, isField := strings.Cut(body[at:end], "=")
		from := at + len(key) + 1
		key = strings.ToLower(strings.TrimSpace(key))
		_, twice := spans[key]
		switch {
		case isField && pushKeys[key] && !twice:
			if key == "message" {
				end = len(body)
			}
			last, spans[key] = key, span{from, end}
		case last != "":
			spans[last] = span{spans[last].from, end}
		}
		at = end + 1
	}
	values := make(map[string]string, len(spans))
	for key, v := range spans {
		values[key] = unescape(strings.TrimSpace(body[v.from:v.to]))
	}
	return values
}

// unescape decodes what is escaped well and leaves the rest.
func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b.WriteByte(' ')
		case s[i] == '%' && i+2 < len(s):
			if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(v))
				i += 2
				continue
			}
			b.WriteByte('%')
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// pushedID reads an object's number, which ends where a field that is not known here begins. A placeholder that PRTG does
// not know stays in the text, and is none.
func pushedID(s string) (int64, bool) {
	s, _, _ = strings.Cut(s, "&")
	s = strings.TrimSpace(s)
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	id, err := strconv.ParseInt(s, 10, 64)
	return id, err == nil && id > 0
}
