package cli

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// echoOff stops a terminal from showing what is typed, until the returned function. Whoever asks for a secret calls it
// before the question: what is typed or pasted right at its first letter would be shown otherwise.
func echoOff(fd int) (on func(), err error) {
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, fmt.Errorf("ask the terminal for its settings: %w", err)
	}
	silent := *before
	silent.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &silent); err != nil {
		return nil, fmt.Errorf("stop the terminal's echo: %w", err)
	}
	// A terminal that is gone shows nothing any more.
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, before) }, nil
}
