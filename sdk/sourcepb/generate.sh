#!/bin/sh
# Generates the Go code of source.proto. Needs protoc 3.21; the generators are pinned in go.mod.
set -eu
cd "$(dirname "$0")"
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
for g in protoc-gen-go protoc-gen-go-grpc; do
	printf '#!/bin/sh\nexec go tool %s\n' "$g" >"$bin/$g"
	chmod +x "$bin/$g"
done
PATH="$bin:$PATH" protoc -I . --go_out=. --go_opt=paths=source_relative \
	--go-grpc_out=. --go-grpc_opt=paths=source_relative source.proto
