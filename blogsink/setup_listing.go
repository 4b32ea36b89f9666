package blogsink

import (
	"fmt"
	"strings"

	"github.com/quorate/quorate/internal/sanitize"
)

// Listing is a configuration that may be shown: names from the schemas, and values that are numbers, words of closed
// lists, aliases and references to secrets. NewListing makes one.
type Listing struct {
	Attributes []ListedAttribute
	Blocks     []ListedBlock
	Variables  []Variable // of the secrets, in order
	Left       Count      // settings that are not shown
}

// ListedBlock is one block of a listing.
type ListedBlock struct {
	Name       settingWord
	Labels     []Literal
	Attributes []ListedAttribute
	Blocks     []ListedBlock
	Note       settingNote // what it is for, on the first of its kind
	Left       Count       // of its settings, those that are not shown
	More       Count       // blocks of the same form that follow it and are not shown
	Foreign    bool
}

// ListedAttribute is one setting of a listing. A list has Many, and with Keys it is a map.
type ListedAttribute struct {
	Name settingWord
	One  Literal
	Many []ListedValue
	Keys []Literal
	List bool
}

// ListedValue is an element of a list, which may be a list.
type ListedValue struct {
	One  Literal
	Many []Literal
}

// Any reports whether there is anything to show.
func (l *Listing) Any() bool { return l != nil && len(l.Blocks)+len(l.Attributes) > 0 }

// HCL is the listing as a file that the agent loads.
func (l *Listing) HCL() string {
	var parts []string
	for i := range l.Blocks {
		parts = append(parts, strings.Join(l.Blocks[i].lines(), "\n"))
	}
	if len(l.Attributes) > 0 {
		parts = append(parts, strings.Join(append([]string{"# " + noteText(noteApart)}, attributeLines(l.Attributes)...), "\n"))
	}
	return strings.Join(parts, "\n\n") + "\n"
}

// Code is the listing as a block of code in a post.
func (l *Listing) Code() string {
	return strings.Join(sanitize.CodeBlock("hcl", strings.TrimSuffix(l.HCL(), "\n")), "\n")
}

// Names are the variables that a reader has to set, as a sentence lists them.
func (l *Listing) Names() string {
	var names []string
	for _, v := range l.Variables {
		names = append(names, "`"+v.String()+"`")
	}
	return and(names)
}

// lines writes a block with its comments, in the form that "quorate fmt" gives it.
func (b *ListedBlock) lines() []string {
	words := []string{b.Name.String()}
	for _, l := range b.Labels {
		words = append(words, l.String())
	}
	head := strings.Join(words, " ")
	var body, inner []string
	for i := range b.Blocks {
		if lines := b.Blocks[i].lines(); b.Blocks[i].Name.text == "match" { // which device it is comes first
			body = append(body, lines...)
		} else {
			inner = append(inner, lines...)
		}
	}
	body = append(append(body, attributeLines(b.Attributes)...), inner...)
	if b.Left > 0 {
		body = append(body, "# "+capital(b.Left.Of("setting of its own is", "settings of its own are"))+" not shown.")
	}
	var out []string
	switch {
	case len(body) == 1 && len(b.Labels) == 0 && !strings.HasPrefix(body[0], "#"):
		out = []string{head + " { " + body[0] + " }"}
	default:
		out = append(out, head+" {")
		for _, line := range body {
			out = append(out, "  "+line)
		}
		out = append(out, "}")
	}
	if b.Foreign {
		for i, line := range out {
			out[i] = "# " + line
		}
	}
	if b.Note != noteNone {
		out = append([]string{"# " + noteText(b.Note)}, out...)
	}
	if b.More > 0 {
		out = append(out, "# "+capital(b.More.Of("more has", "more have"))+" the same form.")
	}
	return out
}

// attributeLines writes settings with their signs below each other.
func attributeLines(attributes []ListedAttribute) []string {
	width := 0
	for _, a := range attributes {
		width = max(width, len(a.Name.text))
	}
	var out []string
	for _, a := range attributes {
		out = append(out, fmt.Sprintf("%-*s = %s", width, a.Name, a.text()))
	}
	return out
}

func (a *ListedAttribute) text() string {
	if !a.List {
		return a.One.String()
	}
	var parts []string
	for i, v := range a.Many {
		text := v.One.String()
		if len(v.Many) > 0 {
			var inner []string
			for _, e := range v.Many {
				inner = append(inner, e.String())
			}
			text = "[" + strings.Join(inner, ", ") + "]"
		}
		if i < len(a.Keys) {
			text = a.Keys[i].String() + " = " + text
		}
		parts = append(parts, text)
	}
	if len(a.Keys) > 0 {
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// settingNote says in half a sentence what a block is for, from a closed list.
type settingNote int

const (
	noteNone settingNote = iota
	noteAgent
	noteConsensus
	noteLibreNMS
	notePRTG
	noteSNMP
	noteForeign
	notePrefer
	noteDevice
	noteGroup
	noteMaintenance
	noteBlog
	noteWebhook
	noteFile
	noteStdout
	noteNotify
	noteApart
	noteCount
)

func noteText(n settingNote) string {
	return [noteCount]string{
		noteAgent:       "The agent itself, and the domains that do not count when names are compared.",
		noteConsensus:   "What differs from the rules' defaults.",
		noteLibreNMS:    "LibreNMS, asked over its API.",
		notePRTG:        "PRTG, asked over its API.",
		noteSNMP:        "The devices themselves, asked by SNMP, with no monitor in between.",
		noteForeign:     "A program of our own, which runs nowhere else.",
		notePrefer:      "Whose word is taken where the monitors name things differently.",
		noteDevice:      "Devices that are pinned, whatever each monitor calls them, and what they hang behind.",
		noteGroup:       "Rules for several devices at once.",
		noteMaintenance: "When nobody is told; what happens is judged and recorded all the same.",
		noteBlog:        "The series that this post belongs to.",
		noteWebhook:     "Events for another program.",
		noteFile:        "Events kept in a file.",
		noteStdout:      "Events for the journal.",
		noteNotify:      "Messages to people.",
		noteApart:       "What is never one device.",
	}[n]
}

// noteOf is the note of a block by its type, and by its first label where that says more.
func noteOf(name settingWord, kind string, foreign bool) settingNote {
	switch name.text {
	case "agent":
		return noteAgent
	case "consensus":
		return noteConsensus
	case "prefer":
		return notePrefer
	case "device":
		return noteDevice
	case "group":
		return noteGroup
	case "maintenance":
		return noteMaintenance
	case "source":
		if foreign {
			return noteForeign
		}
	case "sink":
	default:
		return noteNone
	}
	return map[string]settingNote{
		"librenms": noteLibreNMS, "prtg": notePRTG, "snmp-direct": noteSNMP,
		"blog": noteBlog, "webhook": noteWebhook, "file": noteFile, "stdout": noteStdout, "notify": noteNotify,
	}[kind]
}
