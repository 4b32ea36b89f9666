package sdk

import (
	"fmt"

	"github.com/quorate/quorate/sdk/sourcepb"
)

// FindingLevel says what a finding asks of its reader.
type FindingLevel string

// The levels. Readers take one that they do not know for advice.
const (
	LevelOK      FindingLevel = "ok"      // nothing to do
	LevelAdvice  FindingLevel = "advice"  // works, and could work better
	LevelProblem FindingLevel = "problem" // something is missing until it is mended
)

// Limits of what one check may bring.
const (
	maxFindings    = 200
	maxFindingHCL  = 4 << 10 // bytes
	maxFindingText = 1 << 10 // bytes
)

// Finding is one thing that a source found out about its monitor and about what it may do there.
type Finding struct {
	// Topic is what it is about, in a few words in lower case: "server", "time zone", "permissions".
	Topic string
	Level FindingLevel
	// Value is the finding for programs: "26.7.0", "68", "Europe/Berlin". "" where there is none.
	Value string
	// Text is one sentence for a person.
	Text string
	// HCL are lines for the source's config block that act on the finding; "" where nothing is to be changed.
	HCL string
}

func toFinding(f Finding) *sourcepb.Finding {
	return &sourcepb.Finding{
		Topic: clean(f.Topic, maxFindingText), Level: string(f.Level), Value: clean(f.Value, maxFindingText),
		Text: clean(f.Text, maxFindingText), Hcl: cleanLines(f.HCL, maxFindingHCL),
	}
}

// fromFindings makes what a plugin found fit for a terminal: the texts are the plugin's, and partly its monitor's.
func fromFindings(ps []*sourcepb.Finding) ([]Finding, error) {
	if len(ps) > maxFindings {
		return nil, fmt.Errorf("the check brought %d findings, more than %d", len(ps), maxFindings)
	}
	fs := make([]Finding, 0, len(ps))
	for _, p := range ps {
		f := Finding{
			Topic: clean(p.GetTopic(), maxFindingText), Level: FindingLevel(clean(p.GetLevel(), maxFindingText)),
			Value: clean(p.GetValue(), maxFindingText), Text: clean(p.GetText(), maxFindingText), HCL: cleanLines(p.GetHcl(), maxFindingHCL),
		}
		if f.Level != LevelOK && f.Level != LevelProblem {
			f.Level = LevelAdvice
		}
		fs = append(fs, f)
	}
	return fs, nil
}
