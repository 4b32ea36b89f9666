package agent

import (
	"context"

	"github.com/quorate/quorate/blogsink"
)

// LintAnswer is what was found in a post.
type LintAnswer struct {
	File     string                 `json:"file"`
	Findings []blogsink.LintFinding `json:"findings"`
}

// commandLint looks at the draft.
func (a *Agent) commandLint(ctx context.Context, _ struct{}) (LintAnswer, error) {
	b, err := a.blog()
	if err != nil {
		return LintAnswer{}, err
	}
	file, found, err := b.LintDraft(ctx)
	switch {
	case err != nil:
		return LintAnswer{}, err
	case file == "":
		return LintAnswer{}, &mistake{"there is no draft to look at: \"quorate post draft\" writes one"}
	case found == nil:
		found = []blogsink.LintFinding{}
	}
	return LintAnswer{file, found}, nil
}
