package sdk

import (
	"log/slog"
	"os"
)

// The process's own stderr. Go-plugin replaces os.Stderr when it serves, and what is written there takes another way.
var stderr = os.Stderr

// NewLogger returns the logger of a plugin: JSON lines on the process's own stderr, which the agent reads, limits in
// rate and writes to its log under the source's name. Serve makes it slog's default.
func NewLogger() *slog.Logger {
	level := slog.LevelInfo
	if err := level.UnmarshalText([]byte(os.Getenv(EnvLogLevel))); err != nil {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: level}))
}
