package web

import (
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
)

func TestHints(t *testing.T) {
	for err, want := range map[string]string{
		"list devices: GET /api/v0/devices: 401 Unauthorized": "refuses the credentials",
		"status 403": "refuses the credentials",
		"tls: failed to verify certificate: x509: signed by unknown authority": "not trusted",
		"the certificate's fingerprint is another than the pin":                "is pinned",
		"poll timeout 30s":                                         "No answer came in time",
		"context deadline exceeded":                                "No answer came in time",
		"dial tcp: lookup nms.example.net: no such host":           "could not be resolved",
		"dial tcp 192.0.2.1:443: connect: connection refused":      "nothing listens at that port",
		"GET /api/v0: 404 Not Found":                               "not the monitor's interface",
		"the answer is no JSON object: is this LibreNMS?":          "not the monitor's interface",
		"503 Service Unavailable":                                  "itself is in trouble",
		"429 Too Many Requests":                                    "fewer requests",
		"sha256 mismatch: the configuration says aa":               "put its new sha256",
		"the plugin is too old: it speaks protocol 1":              "Update the plugin",
		"the plugin is quarantined until 12:00 UTC: exit status 1": "failed too often",
		"the plugin printed no handshake within 10s":               "does not talk as a source plugin",
		"http: server gave HTTP response to HTTPS client":          "without TLS",
		"no answer to a ping of 192.0.2.40":                        "No answer came in time",
		"something nobody has seen":                                "quorate source poll",
		"":                                                         "",
	} {
		if got := hint(err); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%q: %q, want %q", err, got, want)
		}
	}
	if got := hint(hostile); strings.Contains(got, "<") {
		t.Errorf("a hint holds words of others: %s", got)
	}
	for _, c := range []struct {
		s    device.SourceStatus
		want string
	}{
		{device.SourceStatus{Health: device.HealthUp, Devices: 3}, ""},
		{device.SourceStatus{Health: device.HealthUp, Devices: 3, LastError: "timeout"}, ""}, // it is over
		{device.SourceStatus{Health: device.HealthBlind, Failures: 3, LastError: "timeout"}, "in time"},
		{device.SourceStatus{Health: device.HealthSuspect, Devices: 3}, "lost its network"},
		{device.SourceStatus{Health: device.HealthBlind, Plugin: &device.PluginStatus{State: device.PluginQuarantined, LastError: "exit status 1"}}, "too often"},
		{device.SourceStatus{Health: device.HealthBlind, Plugin: &device.PluginStatus{State: device.PluginRefused, LastError: "sha256 mismatch"}}, "new sha256"},
	} {
		if got := sourceHint(&c.s); !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("%+v: %q, want %q", c.s, got, c.want)
		}
	}
}
