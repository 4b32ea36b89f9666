package sourcetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/quorate/quorate/sdk"
)

// secrets collects the values of the sensitive attributes in the configuration.
func secrets(s sdk.Schema, config map[string]any) []string {
	var found []string
	for _, a := range s.Attributes {
		if v, ok := config[a.Name].(string); ok && a.Sensitive && v != "" {
			found = append(found, v)
		}
	}
	for _, b := range s.Blocks {
		list, _ := config[b.Name].([]any)
		for _, x := range list {
			if m, ok := x.(map[string]any); ok {
				found = append(found, secrets(b.Schema, m)...)
			}
		}
	}
	return found
}

func noSecrets(ctx context.Context, k *kit) error {
	p, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return err
	}
	defer p.stop()
	i, err := p.Describe(ctx)
	if err != nil {
		return err
	}
	if _, err := k.poll(ctx, p); err != nil {
		return err
	}
	cmdline, err := p.commandLine()
	if err != nil {
		return err
	}
	var all []string
	for _, c := range append([]string{k.c.Config}, k.configs()...) {
		var m map[string]any
		if json.Unmarshal([]byte(c), &m) == nil {
			all = append(all, secrets(i.Config, m)...)
		}
	}
	if len(all) == 0 {
		return skipped("no sensitive attribute is set in Config")
	}
	p.stop()
	for n, s := range all {
		if len(s) < 8 {
			return errors.New("a sensitive value in the case is shorter than 8 characters: take one that comes nowhere else")
		}
		if strings.Contains(cmdline, s) {
			return fmt.Errorf("sensitive value %d is on the command line", n)
		}
		for _, l := range k.all {
			if _, _, stderr := l.said(); strings.Contains(stderr, s) {
				return fmt.Errorf("sensitive value %d is on stderr", n)
			}
		}
		for _, text := range k.said {
			if strings.Contains(text, s) {
				return fmt.Errorf("sensitive value %d is in an error or an observation: %.200q", n, strings.ReplaceAll(text, s, "(here)"))
			}
		}
	}
	return nil
}

// configs returns the other configurations of the case.
func (k *kit) configs() []string {
	var all []string
	for _, f := range k.c.Faults {
		all = append(all, f.Config)
	}
	for _, b := range k.c.Bad {
		all = append(all, b.Config)
	}
	return all
}
