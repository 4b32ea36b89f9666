package lab

import (
	"fmt"
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
	rows    []object
	last    bool
}

// table answers one of the flat tables.
func (p *PRTG) table(q url.Values, now time.Time) (string, any) {
	if q.Get("content") == "sensortree" {
		return p.tree(now)
	}
	page, found := p.page(q, now)
	if !found {
		return typeHTML, `<div class="errormsg"><h3>There was a problem: this table cannot be listed</h3></div>`
	}
	return typeJSON, object{{"prtg-version", prtgVersion}, {"treesize", page.total}, {page.content, page.rows}}
}

// tableXML answers the same as XML.
func (p *PRTG) tableXML(q url.Values, now time.Time) (string, any) {
	if q.Get("content") == "sensortree" {
		return p.tree(now)
	}
	page, found := p.page(q, now)
	if !found {
		return refuse("Sorry, the selected object cannot be used here.")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<%s totalcount=\"%d\" %s=\"%d\">\n<prtg-version>%s</prtg-version>\n",
		page.content, page.total, lastPage, number(page.last), prtgVersion)
	for _, o := range page.rows {
		b.WriteString("<item>")
		for _, f := range o {
			value := fmt.Sprint(f.value)
			switch {
			case f.value == nil || f.name == "Not found":
				continue
			case f.name == "interval_raw":
				value = fmt.Sprintf("%010s", value)
			}
			fmt.Fprintf(&b, "<%s>%s</%s>", f.name, xmlText(value), f.name)
		}
		b.WriteString("</item>\n")
	}
	fmt.Fprintf(&b, "</%s>\n", page.content)
	return typeXML, b.String()
}

func (p *PRTG) page(q url.Values, now time.Time) (rowsOf, bool) {
	content := q.Get("content")
	cells, found := p.rows(content, q.Get("id"), now)
	if !found {
		return rowsOf{}, false
	}
	cells = slices.DeleteFunc(cells, func(c cell) bool { return !admitted(c, q) })
	page := rowsOf{content: content, total: len(cells) + p.treesize, rows: []object{}}
	start, _ := strconv.Atoi(q.Get("start"))
	if content == "messages" {
		page.total = 1000000
		start-- // there, 0 and 1 both mean the first row
	}
	start = min(max(start, 0), len(cells))
	end := min(start+p.pageSize(q.Get("count")), len(cells))
	page.last = end == len(cells)
	columns := strings.Split(orElse(q.Get("columns"), "objid,name"), ",")
	for i, c := range cells[start:end] {
		o := row(c, columns)
		if p.oddTypes && i%2 == 1 {
			o = odd(o, i%3 == 0)
		}
		page.rows = append(page.rows, o)
	}
	return page, true
}

func (p *PRTG) pageSize(count string) int {
	n := prtgRows
	if count == "*" {
		n = prtgMaxRows
	} else if asked, err := strconv.Atoi(count); err == nil && asked > 0 {
		n = min(asked, prtgMaxRows)
	}
	if p.opt.PageRows > 0 {
		n = min(n, p.opt.PageRows)
	}
	return n
}

// rows lists what a content holds below the object id, which is ignored where it is empty or 0.
func (p *PRTG) rows(content, id string, now time.Time) ([]cell, bool) {
	var cells []cell
	below := func(ids ...int) bool {
		return id == "" || id == "0" || slices.ContainsFunc(ids, func(n int) bool { return strconv.Itoa(n) == id })
	}
	switch content {
	case "probenode":
		for _, probe := range []string{localProbe, remoteProbe} {
			cells = append(cells, p.probeCells(probe))
		}
	case "groups":
		for _, g := range prtgGroups() {
			cells = append(cells, p.groupCells(g))
		}
	case "devices":
		for _, e := range p.entries {
			if below(e.device.PRTG.ID, probeID(e.device.PRTG.Probe), groupID(e.device.PRTG.Group)) {
				cells = append(cells, p.deviceCells(e))
			}
		}
	case "sensors":
		for _, e := range p.entries {
			for _, s := range e.sensors {
				if below(s.ID, e.device.PRTG.ID, probeID(e.device.PRTG.Probe), groupID(e.device.PRTG.Group)) {
					cells = append(cells, p.sensorCells(e, s, now))
				}
			}
		}
	case "messages":
		for _, m := range slices.Backward(p.messages) {
			if below(m.sensor.ID, m.entry.device.PRTG.ID) {
				cells = append(cells, p.messageCells(m, now))
			}
		}
	case "channels":
		for _, e := range p.entries {
			for _, s := range e.sensors {
				if strconv.Itoa(s.ID) == id {
					cells = append(cells, p.channelCells(s))
				}
			}
		}
	default:
		return nil, false
	}
	return cells, true
}

// admitted applies the filters: the same name twice means one of both.
func admitted(c cell, q url.Values) bool {
	for key, wanted := range q {
		name, ok := strings.CutPrefix(key, "filter_")
		if !ok {
			continue
		}
		col, ok := c(name)
		if !ok {
			continue
		}
		value := col.shown
		if col.raw != nil {
			value = col.raw
		}
		if !slices.Contains(wanted, fmt.Sprint(value)) {
			return false
		}
	}
	return true
}

func (p *PRTG) probeCells(probe string) cell {
	condition := column{p.text("Connected"), 2}
	if p.stopped[probe] {
		condition = column{p.text("Disconnected"), 0}
	}
	return func(name string) (column, bool) {
		switch name {
		case "objid":
			return column{probeID(probe), nil}, true
		case "name", "probe":
			return column{probe, nil}, true
		case "condition":
			return condition, true
		case "active":
			return activeColumn(true), true
		case "status":
			return column{p.statusText(prtgUp), prtgUp}, true
		}
		return column{}, false
	}
}

func (p *PRTG) groupCells(group string) cell {
	return func(name string) (column, bool) {
		switch name {
		case "objid":
			return column{groupID(group), nil}, true
		case "parentid":
			return column{localID, nil}, true
		case "name", "group":
			return column{group, nil}, true
		case "status":
			return column{p.statusText(prtgUp), prtgUp}, true
		}
		return column{}, false
	}
}

func (p *PRTG) messageCells(m prtgMessage, now time.Time) cell {
	status := map[int]int{prtgUp: 607, prtgDown: 608, prtgWarning: 609}[m.status]
	return func(name string) (column, bool) {
		switch name {
		case "objid":
			return column{m.sensor.ID, nil}, true
		case "datetime":
			c := p.when(m.at, now)
			return column{m.at.In(prtgZone()).Format("1/2/2006 3:04:05 PM"), c.raw}, true
		case "parent":
			return column{m.entry.device.PRTG.Name, nil}, true
		case "name":
			return column{m.sensor.Name, nil}, true
		case "type":
			return column{m.sensor.Type, m.sensor.Kind}, true
		case "status":
			return column{strings.TrimSpace(p.statusText(m.status)), status}, true
		case "priority":
			return column{"5", nil}, true
		case "message":
			return column{`<div class="logmessage">` + m.sensor.message + `</div>`, m.sensor.message}, true
		}
		return column{}, false
	}
}

func (p *PRTG) channelCells(s *prtgSensor) cell {
	return func(name string) (column, bool) {
		switch name {
		case "objid":
			return column{0, nil}, true
		case "name":
			return column{s.Name, nil}, true
		case "lastvalue":
			v, _ := p.rawValue(s)
			return column{p.value(s), v}, true
		}
		return column{}, false
	}
}
