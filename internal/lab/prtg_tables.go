package lab

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	prtgRows    = 500 // of one answer, unless more are asked for
	prtgMaxRows = 50000
	localID     = 1
	remoteID    = 40

	lastPage = "list" + "end" // in one word it is taken for a misspelling
)

// groupID is the object id of a PRTG group.
func groupID(group string) int { return 51 + slices.Index(prtgGroups(), group) }

func prtgGroups() []string {
	return []string{"Network", "Storage", "Servers", "Cameras", "Smart home", "Clients"}
}

func prtgProbes() []string { return []string{localProbe, remoteProbe} }

func probeID(probe string) int {
	if probe == remoteProbe {
		return remoteID
	}
	return localID
}

// rowsOf is a page of one of the flat tables.
type rowsOf struct {
	content string
	total   int
	rows    list
	last    bool
}

// table answers one of the flat tables as JSON. The tree is only to be had as XML.
func (p *PRTG) table(q url.Values, now time.Time) (string, any) {
	page, found := p.page(q, now)
	if !found {
		return typeHTML, `<div class="errormsg"><h3>There was a problem: this table cannot be listed</h3></div>`
	}
	return typeJSON, object{{"prtg-version", p.opt.Version}, {"treesize", page.total}, {page.content, page.rows}}
}

// tableXML answers the same as XML, and the tree.
func (p *PRTG) tableXML(q url.Values, now time.Time) (string, any) {
	if q.Get("content") == "sensortree" {
		return p.tree(q, now)
	}
	page, found := p.page(q, now)
	if !found {
		return p.refuse("Sorry, the selected object cannot be used here.")
	}
	return typeXML, p.flaw.spoil(markup{
		head: fmt.Sprintf("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<%s totalcount=\"%d\" %s=\"%d\">\n<prtg-version>%s</prtg-version>\n",
			page.content, page.total, lastPage, number(page.last), p.opt.Version),
		n: page.rows.n, piece: func(b []byte, i int) []byte { return appendItem(b, page.rows.at(i)) },
		tail: "</" + page.content + ">\n",
	})
}

// appendItem writes a row as XML.
func appendItem(b []byte, o object) []byte {
	b = append(b, "<item>"...)
	for _, f := range o {
		value := fmt.Sprint(f.value)
		switch {
		case f.value == nil || f.name == "Not found":
			continue
		case slices.Contains([]string{"interval_raw", "downtimesince_raw", "uptimesince_raw", "coverage_raw"}, f.name) && value != "":
			value = fmt.Sprintf("%010s", value)
		}
		b = fmt.Appendf(b, "<%s>%s</%s>", f.name, xmlText(value), f.name)
	}
	return append(b, "</item>\n"...)
}

// tableCSV answers the same as CSV, whose first line names the columns.
func (p *PRTG) tableCSV(q url.Values, now time.Time) (string, any) {
	page, found := p.page(q, now)
	if !found {
		return p.refuse("Sorry, the selected object cannot be used here.")
	}
	quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	line := func(b []byte, o object, of func(field) string) []byte {
		for i, f := range o {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, quote(of(f))...)
		}
		return append(b, "\r\n"...)
	}
	m := markup{n: page.rows.n, piece: func(b []byte, i int) []byte {
		return line(b, page.rows.at(i), func(f field) string {
			if f.value == nil {
				return ""
			}
			return fmt.Sprint(f.value)
		})
	}}
	if page.rows.n > 0 {
		m.head = string(line(nil, page.rows.at(0), func(f field) string { return strings.Replace(f.name, "_raw", "(RAW)", 1) }))
	}
	return "text/csv; charset=UTF-8", m
}

func (p *PRTG) page(q url.Values, now time.Time) (rowsOf, bool) {
	content := q.Get("content")
	cells, found := p.rows(q, now)
	if !found {
		return rowsOf{}, false
	}
	if filters := filtersOf(q); len(filters) > 0 {
		cells = slices.DeleteFunc(cells, func(c cell) bool {
			return slices.ContainsFunc(filters, func(f filter) bool { return !f.admits(c) })
		})
	}
	page := rowsOf{content: content, total: len(cells) + p.treesize}
	start, _ := strconv.Atoi(q.Get("start"))
	if content == "messages" {
		page.total = 1000000
		start-- // there, 0 and 1 both mean the first row
	}
	start = min(max(start, 0), len(cells))
	end := min(start+p.pageSize(q.Get("count")), len(cells))
	page.last = end == len(cells)
	columns := strings.Split(orElse(q.Get("columns"), "objid,name"), ",")
	shown, mixed := cells[start:end], p.oddTypes
	page.rows = list{len(shown), func(i int) object {
		o := row(shown[i], columns)
		if mixed && i%2 == 1 {
			o = odd(o, i%3 == 0)
		}
		return o
	}}
	return page, true
}

func (p *PRTG) pageSize(count string) int {
	n := prtgRows
	if count == "*" {
		n = math.MaxInt32
	} else if asked, err := strconv.Atoi(count); err == nil && asked > 0 {
		n = min(asked, prtgMaxRows)
	}
	if p.opt.PageRows > 0 {
		n = min(n, p.opt.PageRows)
	}
	return n
}

// rows lists what a content holds below the object of the query, which is ignored where it is empty or 0.
func (p *PRTG) rows(q url.Values, now time.Time) ([]cell, bool) {
	var cells []cell
	content, id := q.Get("content"), byID(q)
	below := func(ids ...int) bool { return q.Get("id") == "" || id == 0 || slices.Contains(ids, id) }
	switch content {
	case "probenode":
		for _, probe := range prtgProbes() {
			if below(probeID(probe)) {
				cells = append(cells, p.probeCells(probe))
			}
		}
	case "groups":
		for _, g := range p.groups() {
			if below(groupID(g.name), probeID(g.probe)) {
				cells = append(cells, p.groupCells(g.name, g.probe))
			}
		}
	case "devices":
		for _, e := range p.entries {
			if !e.hidden && below(e.device.PRTG.ID, probeID(e.device.PRTG.Probe), groupID(e.device.PRTG.Group)) {
				cells = append(cells, p.deviceCells(e))
			}
		}
	case "sensors":
		for _, e := range p.entries {
			above := below(e.device.PRTG.ID, probeID(e.device.PRTG.Probe), groupID(e.device.PRTG.Group))
			for _, s := range e.sensors {
				if !e.hidden && !s.hidden && (above || below(s.ID)) {
					cells = append(cells, p.sensorCells(e, s, now))
				}
			}
		}
	case "messages":
		for _, m := range slices.Backward(p.messages) {
			if m.within(below) && m.inTime(q, now) {
				cells = append(cells, p.messageCells(m, now))
			}
		}
	case "channels", "values":
		if _, s := p.sensorByID(id); s != nil {
			cells = p.channelRows(content, s, now)
		}
	default:
		return nil, false
	}
	return cells, true
}

// prtgGroup is a group with the probe that it is below.
type prtgGroup struct{ name, probe string }

// groups are the groups that hold devices, below each probe.
func (p *PRTG) groups() []prtgGroup {
	var all []prtgGroup
	for _, probe := range prtgProbes() {
		for _, name := range prtgGroups() {
			if slices.ContainsFunc(p.entries, func(e *prtgEntry) bool { return e.device.PRTG.Group == name && e.device.PRTG.Probe == probe }) {
				all = append(all, prtgGroup{name, probe})
			}
		}
	}
	return all
}

func (p *PRTG) sensorByID(id int) (*prtgEntry, *prtgSensor) {
	for _, e := range p.entries {
		for _, s := range e.sensors {
			if s.ID == id && !e.hidden && !s.hidden {
				return e, s
			}
		}
	}
	return nil, nil
}

func (p *PRTG) deviceByID(id int) *prtgEntry {
	for _, e := range p.entries {
		if e.device.PRTG.ID == id && !e.hidden {
			return e
		}
	}
	return nil
}
