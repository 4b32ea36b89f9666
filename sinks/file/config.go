package file

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"strconv"

	"github.com/quorate/quorate/sinks"
)

// Config is the body of a sink "file" block, but for what every sink has.
type Config struct {
	// Path is the file, absolute.
	Path string `json:"path"`
	// MaxSize is the size from which on the file is rotated, such as "100MiB"; "0" never rotates it by size.
	MaxSize string `json:"max_size"`
	// Daily rotates the file when the day (UTC) of its events is over.
	Daily bool `json:"daily"`
	// Keep is how many rotated files stay; 0 keeps all.
	Keep int `json:"keep"`
	// Compress compresses rotated files by gzip.
	Compress bool `json:"compress"`
	// Mode is that of new files, "0600" or "0640".
	Mode string `json:"mode"`
}

// DefaultMaxSize and DefaultKeep bound what the file and its predecessors take of the disk: about 1 GiB.
const (
	DefaultMaxSize = "100MiB"
	DefaultKeep    = 10
)

const (
	minMaxSize = 4 << 10
	maxKeep    = 100_000
)

// Check returns what is wrong with c, without any I/O. The error is of type sinks.Mistakes.
func (c Config) Check() error {
	var m sinks.Mistakes
	if c.Path == "" {
		m = append(m, sinks.Mistake{Attribute: "path", Text: "is missing: the file that events are appended to"})
	}
	if _, err := size(c.MaxSize); err != nil {
		m = append(m, sinks.Mistake{Attribute: "max_size", Text: err.Error()})
	}
	if c.Keep < 0 || c.Keep > maxKeep {
		m = append(m, sinks.Mistake{Attribute: "keep", Text: fmt.Sprintf("takes a whole number from 0, for all, to %d", maxKeep)})
	}
	if _, err := mode(c.Mode); err != nil {
		m = append(m, sinks.Mistake{Attribute: "mode", Text: err.Error()})
	}
	return m.Err()
}

var sizes = regexp.MustCompile(`^([0-9]{1,12})(B|KiB|MiB|GiB|kB|MB|GB)$`)

var units = map[string]float64{"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}

// size reads a number of bytes with its unit; "" is the default and "0" is 0.
func size(s string) (int64, error) {
	switch s {
	case "":
		s = DefaultMaxSize
	case "0":
		return 0, nil
	}
	m := sizes.FindStringSubmatch(s)
	if m == nil {
		return 0, errors.New(`takes a whole number with its unit, such as "100MiB", or "0" for no limit`)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, err
	}
	if n *= units[m[2]]; n < minMaxSize || n > math.MaxInt64/2 {
		return 0, fmt.Errorf("takes %dKiB or more, or \"0\" for no limit", minMaxSize>>10)
	}
	return int64(n), nil
}

// mode reads the mode of new files; "" is the default.
func mode(s string) (fs.FileMode, error) {
	switch s {
	case "", "0600":
		return 0o600, nil
	case "0640":
		return 0o640, nil
	}
	return 0, errors.New(`may be "0600", for the agent alone, or "0640", so that its group can read`)
}
