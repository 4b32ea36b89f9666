package sdk

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// How long calls that run have to end when the process ends; the agent kills it after two seconds.
const stopTime = 1500 * time.Millisecond

// Serve makes this process the plugin for src and returns when the agent has asked it to end. It exits the process
// with status 1 and a sentence on stderr when a person started it, and when the agent is gone. Nothing may be printed
// to stdout before it is called.
func Serve(src Source) {
	if os.Getenv(EnvCookie) != PluginName {
		i := src.Info()
		fmt.Fprintf(stderr, "This is the Quorate source plugin %q, version %s. The Quorate agent starts it; on its own it does nothing.\n", i.Type, i.Version)
		os.Exit(1)
	}
	slog.SetDefault(NewLogger())
	closeInherited()

	s := newServer(src)
	gone := watchHost(os.Getenv(EnvLifeFD), os.Getenv(EnvHostPID))
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	go func() {
		status := 0
		select {
		case <-term:
		case <-gone:
			status = 1
		}
		s.finish()
		os.Exit(status)
	}()

	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  Handshake(),
		VersionedPlugins: map[int]plugin.PluginSet{ProtocolVersion: {PluginName: &grpcPlugin{server: s}}},
		GRPCServer:       plugin.DefaultGRPCServer,
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: stderr, JSONFormat: true}),
	})
	s.finish()
}

// closeInherited keeps the descriptor through which the agent started a checked program away from what the source
// starts in turn.
func closeInherited() {
	const programFD = 3
	syscall.CloseOnExec(programFD)
}

// grpcPlugin is the source in go-plugin's form, for either end.
type grpcPlugin struct {
	plugin.NetRPCUnsupportedPlugin
	server *server
}

// GRPCServer registers the source.
func (p *grpcPlugin) GRPCServer(_ *plugin.GRPCBroker, g *grpc.Server) error {
	if p.server == nil {
		return fmt.Errorf("this end serves nothing")
	}
	p.server.register(g)
	return nil
}

// GRPCClient returns a *Client.
func (p *grpcPlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return NewClient(conn), nil
}
