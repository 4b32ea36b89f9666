package sourcetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/quorate/quorate/sdk"
)

// The kit's own limits. They are generous, since a busy machine must not fail a good source.
const (
	startTime = 10 * time.Second
	callTime  = 5 * time.Second
	endTime   = 5 * time.Second
	pollTime  = 15 * time.Second
	// What "at once" means for a cancelled poll; the contract says a second.
	cancelTime = 5 * time.Second
	// The deadline of a poll of a monitor that hangs.
	hangTime = 2 * time.Second
)

// kit is one run of the checks over one case.
type kit struct {
	c       Case
	argv    []string
	timeout time.Duration
	dir     string
	polls   uint64

	// What the source said so far, for the check that no secret is in it.
	all  []*launched
	said []string
}

type skipped string

func (s skipped) Error() string { return string(s) }

func errAsSkip(err error) (string, bool) {
	var s skipped
	ok := errors.As(err, &s)
	return string(s), ok
}

func newKit(c Case) (*kit, error) {
	k := &kit{c: c, timeout: c.Timeout}
	if k.timeout == 0 {
		k.timeout = pollTime
	}
	switch {
	case (c.Type == "") == (c.Command == ""):
		return nil, errors.New("sourcetest: give one of Type and Command")
	case c.Type != "":
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("sourcetest: %w", err)
		}
		k.argv = []string{self, "plugin", c.Type}
	case !filepath.IsAbs(c.Command):
		return nil, fmt.Errorf("sourcetest: Command %q is not absolute", c.Command)
	default:
		k.argv = []string{c.Command}
	}
	if !json.Valid([]byte(c.Config)) {
		return nil, errors.New("sourcetest: Config is not JSON")
	}
	return k, nil
}

func (k *kit) remember(l *launched) { k.all = append(k.all, l) }

// heard keeps the text of an error.
func (k *kit) heard(err error) error {
	if err != nil {
		k.said = append(k.said, err.Error())
	}
	return err
}

// saw keeps the text of what a poll brought.
func (k *kit) saw(p sdk.Polled) {
	b, err := json.Marshal(p.Observations)
	if err == nil {
		k.said = append(k.said, string(b))
	}
	for _, r := range p.Rejected {
		k.said = append(k.said, r.Reason, string(r.Body))
	}
}
