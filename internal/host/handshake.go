package host

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/go-plugin"

	"github.com/quorate/quorate/sdk"
)

// A certificate of go-plugin in base64 is longer than this; older libraries put something shorter into its place.
const minCertificate = 50

// checkHandshake reports what is wrong with the first line of a plugin's stdout, in words for its author.
func checkHandshake(line string) error {
	f := strings.Split(line, "|")
	if _, err := strconv.Atoi(f[0]); err != nil || len(f) < 5 {
		return fmt.Errorf("it prints on stdout before the handshake: %.120q: what a plugin has to say goes to stderr", line)
	}
	if f[0] != strconv.Itoa(plugin.CoreProtocolVersion) {
		return fmt.Errorf("the handshake has core version %.20q, want %d", f[0], plugin.CoreProtocolVersion)
	}
	spoken := slices.Sorted(maps.Keys(sdk.ClientPlugins()))
	version, err := strconv.Atoi(f[1])
	switch oldest, newest := spoken[0], spoken[len(spoken)-1]; {
	case err != nil:
		return fmt.Errorf("the handshake has protocol version %.20q, want a number", f[1])
	case version > newest:
		return fmt.Errorf("the plugin is too new: it speaks protocol %d, this agent speaks %d: update the agent", version, newest)
	case version < oldest:
		return fmt.Errorf("the plugin is too old: it speaks protocol %d, this agent speaks %d and later: update the plugin", version, oldest)
	}
	if f[4] != string(plugin.ProtocolGRPC) {
		return fmt.Errorf("the plugin speaks %.20q, want %q", f[4], plugin.ProtocolGRPC)
	}
	if at, err := netip.ParseAddrPort(f[3]); f[2] != "unix" && (f[2] != "tcp" || err != nil || !at.Addr().IsLoopback()) {
		return fmt.Errorf("the plugin listens on %.20q %.80q, want a unix socket or the loopback interface", f[2], f[3])
	}
	if len(f) < 6 || len(f[5]) <= minCertificate {
		return fmt.Errorf("the plugin does not speak TLS: its handshake holds no certificate (it must honour PLUGIN_CLIENT_CERT)")
	}
	return nil
}
