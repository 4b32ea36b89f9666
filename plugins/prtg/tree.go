package prtg

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"

	"github.com/quorate/quorate/sdk/sourcehttp"
)

// badTree says why a sensor tree is not believed, though it could be read.
type badTree struct{ text string }

func (e *badTree) Error() string { return e.text }

func distrust(format string, a ...any) error { return &badTree{fmt.Sprintf(format, a...)} }

// tree reads the sensor tree below root, node by node.
func (c client) tree(ctx context.Context, root string, t *treeReader) (int64, error) {
	var size int64
	err := c.http.GetXML(ctx, "/api/table.xml", c.login(below(root, url.Values{"content": {"sensortree"}})), []string{"prtg"},
		func(d *xml.Decoder, _ xml.StartElement) error {
			if err := t.read(d); err != nil {
				return err
			}
			if t.said != "" {
				return fmt.Errorf("PRTG says %s", c.http.Quote(plain(t.said)))
			}
			return nil
		}, sourcehttp.MaxBody(maxBody), sourcehttp.CountBytes(&size))
	return size, err
}

// field is an element of an object that is read.
type field int

const (
	fieldID field = iota
	fieldName
	fieldTags
	fieldStatus
	fieldSummary
	fieldHost
	fieldKind
	fieldInterval
	fieldShown
	fieldValue
	fieldMessage
	fieldChecked
	fieldUp
	fieldCount
)

var treeFields = map[string]field{
	"id": fieldID, "name": fieldName, "tags": fieldTags, "status_raw": fieldStatus, "summary": fieldSummary, "host": fieldHost,
	"sensorkind": fieldKind, "interval": fieldInterval, "lastvalue": fieldShown, "lastvalue_raw": fieldValue,
	"statusmessage": fieldMessage, "lasttime_raw_utc": fieldChecked, "lastup_raw_utc": fieldUp,
}

// treeNode is an element of the tree that stands for an object of PRTG and is open.
type treeNode struct {
	kind   string
	depth  int // of its element
	fields [fieldCount]string
	// probe is the name of the probe that the object is below, "" where the tree begins below it.
	probe string
	// sensors counts those of a device; first is where they begin in the picture.
	sensors counts
	first   int
}

// The elements that stand for objects, and what may hold them: "" is the list that the tree begins with.
var treeNodes = map[string][]string{
	"group":      {"", "group", "probenode"},
	"probenode":  {"", "group"},
	"device":     {"", "group", "probenode"},
	"autodevice": {"", "group", "probenode"},
	"sensor":     {"", "device", "autodevice"},
}

// treeReader paints what a tree holds.
type treeReader struct {
	paint *painter
	// isDevice tells of an auto-discovery's placeholder whether it counts as a device all the same.
	isDevice func(id int64) bool

	open  []*treeNode
	above []string // the elements that are open below the root
	text  []byte   // of the innermost of them
	said  string   // what PRTG says in place of a tree
	begun bool     // the list of objects has been seen
}

// read reads up to the end of the root element.
func (t *treeReader) read(d *xml.Decoder) error {
	for {
		// Token would look for name spaces, and for the end tags a second time, in millions of elements.
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if err := t.start(e); err != nil {
				return err
			}
		case xml.CharData:
			t.text = append(t.text, e...)
		case xml.EndElement:
			if len(t.above) == 0 {
				if !t.begun && t.said == "" {
					return distrust("the answer holds no sensor tree: is this PRTG?")
				}
				return nil
			}
			if err := t.end(e.Name.Local); err != nil {
				return err
			}
		}
	}
}

func (t *treeReader) start(e xml.StartElement) error {
	name, parent := e.Name.Local, ""
	if len(t.above) > 0 {
		parent = t.above[len(t.above)-1]
	}
	t.above, t.text = append(t.above, name), t.text[:0]
	t.begun = t.begun || name == "nodes"
	holders, isNode := treeNodes[name]
	if !isNode || !t.begun {
		return nil
	}
	n := &treeNode{kind: name, depth: len(t.above), first: len(t.paint.sensors)}
	holder := ""
	if last := t.node(); last != nil {
		holder, n.probe = last.kind, last.probe
		if last.kind == "probenode" {
			n.probe = last.fields[fieldName]
		}
	}
	if parent != cmp.Or(holder, "nodes") || !slices.Contains(holders, holder) {
		return distrust("a %s stands in a %s", name, sourcehttp.Cut(sourcehttp.Clean(parent), 20))
	}
	for _, a := range e.Attr {
		if a.Name.Local == "id" {
			n.fields[fieldID] = a.Value
		}
	}
	t.open = append(t.open, n)
	return nil
}

// node is the innermost object that is open, nil where there is none.
func (t *treeReader) node() *treeNode {
	if len(t.open) == 0 {
		return nil
	}
	return t.open[len(t.open)-1]
}

func (t *treeReader) end(name string) error {
	depth := len(t.above)
	if t.above[depth-1] != name {
		return distrust("an element %q is not closed", sourcehttp.Cut(sourcehttp.Clean(t.above[depth-1]), 20))
	}
	t.above = t.above[:depth-1]
	said := t.text
	t.text = t.text[:0]
	n := t.node()
	switch {
	case n == nil:
		if name == "error" {
			t.said = string(said)
		}
		return nil
	case depth == n.depth+1:
		if f, ok := treeFields[name]; ok && (f != fieldID || n.fields[f] == "") {
			n.fields[f] = string(said)
		}
		return nil
	case depth > n.depth:
		return nil
	}
	t.open = t.open[:len(t.open)-1]
	switch n.kind {
	case "sensor":
		return t.sensor(n)
	case "device", "autodevice":
		return t.device(n)
	}
	return nil
}

// sensor takes a sensor and counts it to its device. The tree of one sensor alone has no device.
func (t *treeReader) sensor(n *treeNode) error {
	device := t.node()
	if device == nil {
		return nil
	}
	f := &n.fields
	row := sensorRow{
		ID: text(f[fieldID]), Device: text(device.fields[fieldID]), Name: text(f[fieldName]), Kind: text(f[fieldKind]), Tags: text(f[fieldTags]),
		Status: text(f[fieldStatus]), Message: text(f[fieldMessage]), Shown: text(f[fieldShown]), LastValue: text(f[fieldValue]),
		LastCheck: text(f[fieldChecked]), LastUp: text(f[fieldUp]), Interval: text(f[fieldInterval]),
	}
	if len(t.paint.sensors) >= maxRows {
		return distrust("more than %d sensors", maxRows)
	}
	device.sensors.add(smallInt(row.Status))
	added, err := t.paint.sensor(&row)
	if err == nil && !added {
		return distrust("sensor %s is there twice", row.ID.Name())
	}
	if err != nil {
		t.paint.took.rejected.add(f, err)
	}
	return nil
}

// device takes a device whose sensors have all come.
func (t *treeReader) device(n *treeNode) error {
	f := &n.fields
	if err := n.sensors.check(f[fieldSummary]); err != nil {
		return distrust("device %q: %v", sourcehttp.Cut(sourcehttp.Clean(f[fieldID]), 20), err)
	}
	row := deviceRow{ID: text(f[fieldID]), Name: text(f[fieldName]), Host: text(f[fieldHost]), Status: text(f[fieldStatus]), Probe: text(n.probe)}
	if id, ok := objectID(row.ID); n.kind == "autodevice" && (!ok || !t.isDevice(id)) {
		t.paint.sensors = t.paint.sensors[:n.first]
		return nil
	}
	added, err := t.paint.device(&row)
	if err == nil && !added {
		return distrust("device %s is there twice", row.ID.Name())
	}
	if err != nil {
		t.paint.took.rejected.add(f, err)
	}
	return nil
}

func text(s string) sourcehttp.Scalar {
	var v sourcehttp.Scalar
	// It takes every text.
	_ = v.UnmarshalText([]byte(s))
	return v
}
