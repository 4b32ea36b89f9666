package sdk

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// One message may not hold more than this. An element of two bytes becomes some 300 in memory, so that the size alone
// limits nothing.
const (
	MaxMessageBytes    = 4 << 20
	MaxMessageElements = 100_000
)

// What a message of a poll costs besides its content, in bytes of the poll's limit.
const messageCost = 1 << 10

// Deeper than any message of the contract.
const maxMessageDepth = 16

// guarded limits what any call over a connection may bring.
type guarded struct{ grpc.ClientConnInterface }

func guards(more []grpc.CallOption) []grpc.CallOption {
	return append([]grpc.CallOption{grpc.MaxCallRecvMsgSize(MaxMessageBytes), grpc.ForceCodecV2(codec{encoding.GetCodecV2("proto")})}, more...)
}

// Invoke implements grpc.ClientConnInterface.
func (g guarded) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	return g.ClientConnInterface.Invoke(ctx, method, args, reply, guards(opts)...)
}

// NewStream implements grpc.ClientConnInterface.
func (g guarded) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return g.ClientConnInterface.NewStream(ctx, desc, method, guards(opts)...)
}

// codec counts what is in a message before memory is given to it.
type codec struct{ encoding.CodecV2 }

// Unmarshal implements encoding.CodecV2.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return fmt.Errorf("%T is no message", v)
	}
	buf := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer buf.Free()
	return decode(buf.ReadOnlyData(), m)
}

// decode reads a message off the wire.
func decode(b []byte, m proto.Message) error {
	// No element takes less than two bytes.
	if len(b)/2 > MaxMessageElements {
		n, err := countElements(b, m.ProtoReflect().Descriptor(), 0, maxMessageDepth)
		if err != nil {
			return err
		}
		if n > MaxMessageElements {
			return fmt.Errorf("a message holds more than %d elements: send them in several", MaxMessageElements)
		}
	}
	return proto.Unmarshal(b, m)
}

// countElements adds to n what is in a message that there may be many of: messages, and texts in lists. The contract has
// no lists of numbers, and what it does not know is kept as it came. It stops when there are too many.
func countElements(b []byte, d protoreflect.MessageDescriptor, n, depth int) (int, error) {
	if depth == 0 {
		return n, fmt.Errorf("a message is nested deeper than %d", maxMessageDepth)
	}
	fields := d.Fields()
	for len(b) > 0 && n <= MaxMessageElements {
		number, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return n, protowire.ParseError(size)
		}
		b = b[size:]
		if kind != protowire.BytesType {
			if size = protowire.ConsumeFieldValue(number, kind, b); size < 0 {
				return n, protowire.ParseError(size)
			}
			b = b[size:]
			continue
		}
		value, size := protowire.ConsumeBytes(b)
		if size < 0 {
			return n, protowire.ParseError(size)
		}
		b = b[size:]
		f := fields.ByNumber(number)
		switch {
		case f != nil && f.Kind() == protoreflect.MessageKind:
			var err error
			if n, err = countElements(value, f.Message(), n+1, depth-1); err != nil {
				return n, err
			}
		case f != nil && f.IsList():
			n++
		}
	}
	return n, nil
}

// refusedByUs reports whether it was our own end that could not take an answer.
func refusedByUs(st *status.Status) bool {
	switch st.Code() {
	case codes.ResourceExhausted:
		return strings.HasPrefix(st.Message(), "grpc: ") && strings.Contains(st.Message(), "larger than max")
	case codes.Internal:
		return strings.HasPrefix(st.Message(), "grpc: failed to unmarshal the received message")
	}
	return false
}
