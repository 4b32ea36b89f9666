package web

import (
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
)

// hints say what a person can do about an error, by words that stand in it. The first that fits is told: what is more
// certain stands before what is more general.
var hints = []struct {
	words []string
	do    string
}{
	{
		[]string{"sha256 mismatch"},
		"The plugin's file is not the one that the configuration was written for. If you replaced it yourself, put its new sha256 into the source block and reload; if not, find out who did.",
	},
	{
		[]string{"too new: it speaks protocol"},
		"Update Quorate, or go back to an older version of the plugin.",
	},
	{
		[]string{"too old: it speaks protocol"},
		"Update the plugin: it speaks an older protocol than this agent takes.",
	},
	{
		[]string{"quarantine"},
		"The plugin failed too often and is left alone for a while. Look at its last error and at the agent's log; a reload after the cause is gone starts it at once.",
	},
	{
		[]string{"handshake", "does not speak grpc", "prints on stdout"},
		"The program does not talk as a source plugin does. Try it alone: quorate source poll with the source's name.",
	},
	{
		[]string{"not executable", "permission denied", "writable by group", "belongs to user", "symbolic link", "is not a regular file"},
		"The system does not allow it, or the file is not safe to run. Check the owner and the mode of the file, and what the unit of the service permits.",
	},
	{
		[]string{"fingerprint", "pin"},
		"The certificate is not the one that is pinned. If the monitor got a new one, take its fingerprint on the monitor itself and put it into the configuration; until then somebody may stand in between.",
	},
	{
		[]string{"certificate", "x509", "tls:", "tls handshake"},
		"The certificate is not trusted. Give the source the certificate of its authority or the certificate's fingerprint, and check that the name in \"url\" is one that the certificate is made for and that it has not expired.",
	},
	{
		[]string{"http response to https client", "server gave http"},
		"The monitor answers without TLS there: write http:// or the port where it speaks https.",
	},
	{
		[]string{"401", "403", "unauthorized", "forbidden", "authentication", "invalid token", "wrong token", "access denied", "credentials", "password"},
		"The monitor refuses the credentials. Check that the token is right, has not expired and may read the devices; then reload, for a secret is read at the start and at a reload.",
	},
	{
		[]string{"404", "not found", "is this librenms", "is this prtg", "no json", "is no json", "invalid character '<'"},
		"Something answers there that is not the monitor's interface. Check the path in \"url\" and whether a proxy or a login page stands in front of it.",
	},
	{
		[]string{"429", "too many requests"},
		"The monitor asks for fewer requests: choose a longer interval for this source.",
	},
	{
		[]string{"500", "502", "503", "504", "bad gateway", "service unavailable", "internal server error"},
		"The monitor itself is in trouble. Look at its own log; the agent goes on asking.",
	},
	{
		[]string{"no such host", "server misbehaving", "name resolution", "lookup "},
		"The name could not be resolved. Check it in \"url\", and the name server of this machine; an address works without one.",
	},
	{
		[]string{"connection refused"},
		"The machine answers, and nothing listens at that port. Is the monitor running, and is the port right?",
	},
	{
		[]string{"no route to host", "network is unreachable", "host is unreachable"},
		"There is no way to that network from here. Check the route, the firewall and the network of this machine.",
	},
	{
		[]string{"connection reset", "broken pipe", "eof"},
		"The connection was cut in the middle of an answer. Look for a proxy with a limit in between, or at the monitor's log.",
	},
	{
		[]string{"timeout", "deadline", "no answer", "timed out", "not complete in time"},
		"No answer came in time. Is the monitor overloaded, or a firewall silent? A longer \"timeout\" helps where it is only slow.",
	},
	{
		[]string{"no devices", "empty", "lists nothing"},
		"The answer holds no device. Check what the credentials may see, and the groups and patterns that the source selects.",
	},
	{
		[]string{"more than", "too large", "too long", "is cut", "limit"},
		"More came than is taken at once. Select less for this source, or split it into two.",
	},
	{
		[]string{"memory", "processes"},
		"The plugin went over its limits. Raise \"memory\" or \"processes\" in the limits of the source if it needs them; otherwise it leaks.",
	},
}

// hint is what to do about an error of a source, "" where there is none. It holds words of ours alone.
func hint(err string) string {
	if err == "" {
		return ""
	}
	text := strings.ToLower(err)
	for _, h := range hints {
		if slices.ContainsFunc(h.words, func(w string) bool { return holds(text, w) }) {
			return h.do
		}
	}
	return "Poll it alone to see more: quorate source poll with the source's name; the agent's log has the rest."
}

// holds reports whether a word stands in a text: one of letters and digits by itself, so that "pin" is not found in "ping"
// nor "404" in a longer number.
func holds(text, word string) bool {
	letter := func(i int) bool {
		return i >= 0 && i < len(text) && (text[i] >= 'a' && text[i] <= 'z' || text[i] >= '0' && text[i] <= '9')
	}
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		from := at + i
		if !letter(from-1) && (len(word) > 4 || !letter(from+len(word))) {
			return true
		}
		at = from + 1
	}
}

// sourceHint is what to do about a source that is not heard or not believed.
func sourceHint(s *device.SourceStatus) string {
	if p := s.Plugin; p != nil && p.State != device.PluginRunning && p.State != device.PluginStarting {
		if p.State == device.PluginQuarantined {
			return hint("quarantine")
		}
		if p.LastError != "" {
			return hint(p.LastError)
		}
	}
	switch {
	case s.LastError != "" && (s.Failures > 0 || s.Health != device.HealthUp):
		return hint(s.LastError)
	case s.Health == device.HealthSuspect:
		return "It calls devices down that others see up. Look whether the machine that it runs on has lost its network, or its own probe; it is believed again once its polls agree with the others."
	case s.Health == device.HealthUp && s.Devices == 0 && !s.LastSuccess.IsZero():
		return hint("empty")
	}
	return ""
}
