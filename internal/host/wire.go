package host

import (
	"context"
	"errors"

	"google.golang.org/grpc"

	"github.com/quorate/quorate/sdk"
)

// What a plugin's answer may hold besides its message.
const maxHeaderBytes = 64 << 10

func dialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(sdk.MaxMessageBytes)),
		grpc.WithMaxHeaderListSize(maxHeaderBytes),
		grpc.WithChainStreamInterceptor(withoutBroker),
	}
}

var errNoBroker = errors.New("nothing calls back into the agent")

// withoutBroker keeps go-plugin's broker shut: the contract has no calls back into the agent, and each offer that a
// plugin made by it would be kept for a while.
func withoutBroker(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if method == "/plugin.GRPCBroker/StartStream" {
		return nil, errNoBroker
	}
	return streamer(ctx, desc, cc, method, opts...)
}
