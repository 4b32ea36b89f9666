package sinks

import "strings"

// Mistake is what is wrong with one setting of a sink. Its text holds no value that may be a secret.
type Mistake struct {
	Attribute string // as the configuration calls it
	Text      string // a sentence without its subject, such as "takes at least 16 characters"
}

// Mistakes is everything that is wrong with the settings of a sink: an error where it is not empty.
type Mistakes []Mistake

func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, one := range m {
		lines[i] = "\"" + one.Attribute + "\" " + one.Text
	}
	return strings.Join(lines, "; ")
}

// Err returns m as an error, nil where there is nothing wrong.
func (m Mistakes) Err() error {
	if len(m) == 0 {
		return nil
	}
	return m
}
