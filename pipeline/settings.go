package pipeline

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/identity"
)

// settingsForm is what is recorded of a Config: all that judging reads of it, and nothing secret. The salt is the
// record's own.
type settingsForm struct {
	Identity  identity.Config  `json:"identity"`
	Consensus consensus.Config `json:"consensus"`
}

// settings returns the recorded form of c, nil where it has none: consensus.Config.Validate refuses such numbers.
func (c *Config) settings() []byte {
	form := settingsForm{Identity: c.Identity, Consensus: c.Consensus}
	form.Identity.Salt = ""
	b, err := json.Marshal(form)
	if err != nil {
		return nil
	}
	return b
}

// ParseSettings reads Record.Settings. What an older version did not know has its zero value.
func ParseSettings(b []byte) (Config, error) {
	var form settingsForm
	if err := json.Unmarshal(b, &form); err != nil {
		return Config{}, fmt.Errorf("recorded settings: %w", err)
	}
	return Config{Identity: form.Identity, Consensus: form.Consensus}, nil
}

// SameSettings reports whether two configurations judge alike: the hash names the files and not what they say.
func SameSettings(a, b Config) bool {
	a.Consensus.Hash, b.Consensus.Hash = "", ""
	formA, formB := a.settings(), b.settings()
	return formA != nil && bytes.Equal(formA, formB)
}
