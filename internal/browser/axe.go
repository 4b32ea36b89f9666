package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Clear leaves the page, forgets cookies and complaints, and looks as a browser does that was just started: what streams
// the page had are closed then.
func (b *Browser) Clear(ctx context.Context) error {
	err := errors.Join(
		b.Look(ctx, View{Width: 1280, Height: 900}),
		b.Tab.call(ctx, "Page.navigate", map[string]any{"url": "about:blank"}, nil),
		b.Wait(ctx, `location.href === "about:blank"`),
		b.Tab.call(ctx, "Network.clearBrowserCookies", nil, nil),
	)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.console = nil
	return err
}

// Run runs a program text in the page and drops its value. The page's security policy does not hold for it.
func (t *Tab) Run(ctx context.Context, source string) error {
	var r struct {
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	err := t.call(ctx, "Runtime.evaluate", map[string]any{"expression": source + "\n;0", "returnByValue": true}, &r)
	if err == nil && r.ExceptionDetails != nil {
		err = fmt.Errorf("run: %s %s", r.ExceptionDetails.Text, r.ExceptionDetails.Exception.Description)
	}
	return err
}

// Finding is one rule that a page breaks, as axe-core tells of it.
type Finding struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		Target         []json.RawMessage
		FailureSummary string
	}
}

func (f Finding) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s (%s): %s", f.ID, f.Impact, f.Help)
	for _, n := range f.Nodes[:min(3, len(f.Nodes))] {
		fmt.Fprintf(&text, "\n  %s %.300s\n  %s", n.Target, n.HTML, n.FailureSummary)
	}
	return text.String()
}

// Axe runs axe-core, whose text the caller has, on the page: the rules of WCAG 2.2 at levels A and AA and its own of good
// practice, or the given ones alone.
func (t *Tab) Axe(ctx context.Context, source string, rules ...string) ([]Finding, error) {
	var there bool
	if err := t.Eval(ctx, `typeof axe === "object"`, &there); err != nil {
		return nil, err
	}
	if !there {
		if err := t.Run(ctx, source); err != nil {
			return nil, fmt.Errorf("axe: %w", err)
		}
	}
	only := map[string]any{"type": "tag", "values": []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"}}
	if len(rules) > 0 {
		only = map[string]any{"type": "rule", "values": rules}
	}
	options, err := json.Marshal(map[string]any{"runOnly": only, "resultTypes": []string{"violations"}})
	if err != nil {
		return nil, err
	}
	var found []Finding
	err = t.Eval(ctx, fmt.Sprintf(`axe.run(document, %s).then((r) => r.violations.map((v) => ({ID: v.id, Impact: v.impact, Help: v.help,
		Nodes: v.nodes.map((n) => ({HTML: n.html, Target: n.target, FailureSummary: n.failureSummary}))})))`, options), &found)
	return found, err
}
