package sdk

import (
	"github.com/hashicorp/go-plugin"
)

// ProtocolVersion is the version of the contract in sourcepb that this package speaks.
const ProtocolVersion = 1

// The environment that the agent gives to a plugin besides what go-plugin sets.
const (
	EnvCookie   = "QUORATE_PLUGIN"    // "source"
	EnvHostPID  = "QUORATE_HOST_PID"  // the agent's process id
	EnvLifeFD   = "QUORATE_LIFE_FD"   // the number of a descriptor that reaches its end when the agent is gone
	EnvLogLevel = "QUORATE_LOG_LEVEL" // DEBUG, INFO, WARN or ERROR
	EnvRun      = "QUORATE_RUN"       // names this run: by it the agent finds what a plugin started and left behind
)

// PluginName is the name under which go-plugin dispenses the source.
const PluginName = "source"

// Handshake returns what agent and plugin must agree on before they speak.
func Handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{MagicCookieKey: EnvCookie, MagicCookieValue: PluginName}
}

// ClientPlugins returns the versions of the contract that this package's Client speaks, in go-plugin's form. What it
// dispenses under PluginName is a *Client.
func ClientPlugins() map[int]plugin.PluginSet {
	return map[int]plugin.PluginSet{ProtocolVersion: {PluginName: &grpcPlugin{}}}
}
