package notify

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// maxName is how much of a name a title holds.
const maxName = 36

// name is a foreign name as texts hold it.
func name(s string) string {
	if s = short(plain(s), maxName); s == "" {
		return "a device without a name"
	}
	return s
}

// tell queues a message of one device, or of none.
func (t *teller) tell(at time.Time, title, body string, about *device.Name) {
	t.queue(t.make(at, title, body, about))
}

func (t *teller) make(at time.Time, title, body string, about *device.Name) message {
	m := message{At: at, Title: short(title, maxTitle), Body: short(strings.TrimSpace(body), maxBody), Link: t.link}
	if m.Body == "" {
		m.Body = m.Title
	}
	if t.link != "" && about != nil {
		m.Link = t.link + "/devices/" + url.PathEscape(string(about.ID))
	}
	return m
}

// who says whose word it is: the part of the event's sentence behind its colon.
func who(e *device.Event) string {
	_, by, _ := strings.Cut(e.Text, ": ")
	return short(plain(by), 120)
}

// says lists what each source says on the question that decides, in a few words each.
func says(e *device.Event) string {
	facet := device.FacetReach
	if e.To == string(device.StatusDegraded) {
		facet = device.FacetMgmt
		if !slices.ContainsFunc(e.Votes, func(v device.Vote) bool { return v.Facet == facet && v.State == device.StateDown }) {
			facet = device.FacetHealth
		}
	}
	var spoken, silent []string
	for i := range e.Votes {
		v := &e.Votes[i]
		if v.Facet != facet || facet == device.FacetHealth && (v.State == device.StateOK || v.State == "") {
			continue
		}
		by := short(plain(v.Source), 24)
		if v.Abstain != "" {
			silent = append(silent, by+" "+silence(v.Abstain))
			continue
		}
		word := by + " " + string(v.State)
		if v.Component != "" {
			word = by + " " + short(plain(v.Component), 24) + " " + string(v.State)
		}
		if raw := short(plain(v.Raw), 40); raw != "" {
			word += " (" + raw + ")"
		}
		spoken = append(spoken, word)
	}
	var out string
	if len(spoken) > 0 {
		out = string(facet) + ": " + strings.Join(spoken, ", ") + "."
	}
	for _, s := range silent {
		out += " " + s + "."
	}
	return short(strings.TrimSpace(out), 200)
}

// silence says in words why a source does not vote.
func silence(a device.Abstention) string {
	switch a {
	case device.AbstainStale, device.AbstainNeverPolled:
		return "has not looked"
	case device.AbstainPaused:
		return "is paused"
	case device.AbstainSourceBlind, device.AbstainProbeDisconnected:
		return "is blind"
	case device.AbstainSourceSuspect:
		return "is not believed"
	case device.AbstainMaintenance:
		return "has it in maintenance"
	}
	return "says nothing"
}

// sayWho continues a body with who says so, since when, and what each source says.
func (t *teller) sayWho(d *subject, now time.Time) string {
	out := ""
	if d.Who != "" {
		out = " " + d.Who
	}
	if !d.Since.IsZero() {
		if out == "" {
			out = " It is so"
		} else {
			out += ","
		}
		out += " since " + t.clock(d.Since, now)
	}
	if out != "" {
		out += "."
	}
	if d.Votes != "" {
		out += " " + d.Votes
	}
	return out
}

// downMessage tells of one incident.
func (t *teller) downMessage(now time.Time, in *trouble) message {
	root := t.devices[in.Root]
	behind := make([]string, 0, len(in.Devices))
	for _, id := range in.Devices {
		if d := t.devices[id]; id != in.Root && d != nil && !d.Flapping {
			behind = append(behind, d.Name)
		}
	}
	title := name(in.Name) + " is down"
	switch {
	case root.Told == saidFlapping:
		title = name(in.Name) + " has stopped flapping and is down"
	case root.Told == saidDown && in.Told == 0 && !root.Quiet:
		title = name(in.Name) + " is still down"
	case len(behind) == 1:
		title += ", and 1 device behind it is unreachable"
	case len(behind) > 1:
		title += fmt.Sprintf(", and %d devices behind it are unreachable", len(behind))
	}
	body := ""
	if root.Told == saidDown && in.Told == 0 && root.ToldRoot != "" && root.ToldRoot != in.Name {
		body = name(root.ToldRoot) + " is up again, and no longer the reason."
	}
	by := *root
	if by.Votes = ""; len(behind) == 0 {
		by.Votes = root.Votes
	}
	body += t.sayWho(&by, now)
	if len(behind) > 0 {
		body += " Behind it: " + list(behind) + "."
		if root.Votes != "" {
			body += " " + root.Votes
		}
	}
	return t.make(now, title, body, &device.Name{ID: in.Root})
}

// downMessages tells of many incidents at once.
func (t *teller) downMessages(now time.Time, ids []string) message {
	total := 0
	var names []string
	for _, id := range ids {
		in := t.troubles[id]
		total += max(len(in.Devices), 1)
		if n := len(in.Devices) - 1; n > 0 {
			names = append(names, fmt.Sprintf("%s with %d behind it", name(in.Name), n))
		} else {
			names = append(names, in.Name)
		}
	}
	first := t.troubles[ids[0]]
	body := listed(names) + "." + t.sayWho(t.devices[first.Root], now)
	return t.make(now, fmt.Sprintf("%d devices are down", total), body, nil)
}

// isMessage tells what a device is.
func (t *teller) isMessage(now time.Time, id device.ID, what belief) message {
	d := t.devices[id]
	title := name(d.Name) + " is " + string(what)
	switch {
	case d.Told == saidFlapping:
		title = name(d.Name) + " has stopped flapping and is " + string(what)
	case what == saidUnknown && d.Told == saidDown && !d.Quiet:
		title = name(d.Name) + " was down, and now nobody knows"
	case what == saidUnknown:
		title = "nobody knows how " + name(d.Name) + " is"
	}
	body := t.sayWho(d, now)
	if what == saidFlapping {
		body = "It goes up and down again and again. The next message comes when that has stopped."
	}
	return t.make(now, title, body, &device.Name{ID: id})
}

// areMessage tells what many devices are.
func (t *teller) areMessage(now time.Time, ids []device.ID, what belief) message {
	title := fmt.Sprintf("%d devices are %s", len(ids), what)
	if what == saidUnknown {
		title = fmt.Sprintf("nobody knows how %d devices are", len(ids))
	}
	var blind []string
	for n, s := range t.sources {
		if s.Kind == string(device.HealthBlind) && n != "" {
			blind = append(blind, n)
		}
	}
	body := list(t.names(ids)) + "."
	if slices.Sort(blind); len(blind) > 0 {
		body += " Blind: " + list(blind) + "."
	} else if d := t.devices[ids[0]]; what != saidFlapping && d.Who != "" {
		body += " " + name(d.Name) + ": " + d.Who + "."
	}
	return t.make(now, title, body, nil)
}

// stateMessage tells of a source, or of the agent.
func (t *teller) stateMessage(now time.Time, n string, s *state) message {
	title := stateName(n) + " is " + s.Kind
	if s.Kind == "" {
		title = stateName(n) + " is no longer " + s.Told
		return t.make(now, title, "It was so since "+t.clock(s.Since, now)+".", nil)
	}
	return t.make(now, title, s.Text, nil)
}

func stateName(n string) string {
	if n == "" {
		return "quorate itself"
	}
	return "the source " + name(n)
}

// upMessage tells that devices are well again that were told together.
func (t *teller) upMessage(now time.Time, ids []device.ID) message {
	first, root := t.devices[ids[0]], false
	about := ids[0]
	for _, id := range ids {
		if d := t.devices[id]; d.Name == d.ToldRoot {
			first, about, root = d, id, true
		}
	}
	var still, others []string
	for id, d := range t.devices {
		if first.ToldIn != "" && d.ToldIn == first.ToldIn && !d.Quiet && !slices.Contains(ids, id) {
			still = append(still, d.Name)
		}
	}
	for _, id := range ids {
		if id != about {
			others = append(others, t.devices[id].Name)
		}
	}
	slices.SortFunc(still, device.CompareNames)
	title := name(first.Name) + " is up again"
	switch {
	case len(ids) > 1 && !root:
		title = fmt.Sprintf("%d devices are up again", len(ids))
	case first.Gone:
		title = name(first.Name) + " is no longer watched"
	case first.Told == saidFlapping:
		title = name(first.Name) + " has stopped flapping and is up"
	}
	if first.Status == device.StatusDegraded && !first.Gone && (len(ids) == 1 || root) {
		title += ", but degraded"
	}
	if took := t.took(first, now); took != "" {
		title += " after " + took
	}
	body := ""
	switch together := len(ids) > 1 && !root; {
	case together:
		body = list(t.names(ids)) + "."
		others = nil
	case !first.ToldSince.IsZero():
		body = fmt.Sprintf("It was %s since %s.", first.Told, t.clock(first.ToldSince, now))
	}
	switch {
	case len(others) == 1:
		body += " " + name(others[0]) + " is up again too."
	case len(others) > 1:
		body += fmt.Sprintf(" So are %d more: %s.", len(others), list(others))
	}
	if len(still) > 0 {
		body += " Not yet: " + list(still) + "."
	}
	return t.make(now, title, body, &device.Name{ID: about})
}

// allUpMessage tells of many at once that they are well again.
func (t *teller) allUpMessage(now time.Time, ids []device.ID) message {
	return t.make(now, fmt.Sprintf("%d devices are up again", len(ids)), list(t.names(ids))+".", nil)
}

// took is how long it lasted, "" where nobody knows.
func (t *teller) took(d *subject, now time.Time) string {
	until := d.Since
	if until.IsZero() || d.Gone {
		until = now
	}
	if d.ToldSince.IsZero() || !until.After(d.ToldSince) {
		return ""
	}
	return span(until.Sub(d.ToldSince))
}

func (t *teller) tooMany(now time.Time) message {
	return t.make(now, fmt.Sprintf("more than %d messages in an hour", t.perHour),
		"What comes until "+t.clock(t.head.Hour.Add(time.Hour), now)+" is on the page. That something is over is told all the same.", nil)
}

func (t *teller) missedMessage(now time.Time) message {
	title := "1 problem came and went unheard"
	if t.head.Misses > 1 {
		title = fmt.Sprintf("%d problems came and went unheard", t.head.Misses)
	}
	body := "While this could not be reached: " + strings.Join(t.head.Missed, ", ")
	if more := t.head.Misses - len(t.head.Missed); more > 0 {
		body += fmt.Sprintf(" and %d more", more)
	}
	return t.make(now, title, body+".", nil)
}

// noteTitle names an event that is told as it comes.
func noteTitle(e *device.Event) string {
	what := strings.ReplaceAll(string(e.Type), ".", " ")
	switch {
	case e.Device != nil:
		return what + ": " + name(e.Device.Name)
	case e.Source != "":
		return what + ": " + name(e.Source)
	}
	return what
}

func (t *teller) names(ids []device.ID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = t.devices[id].Name
	}
	return out
}

// list names the first few of many foreign names.
func list(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = name(n)
	}
	return listed(out)
}

func listed(names []string) string {
	const most = 4
	switch n := len(names); {
	case n == 0:
		return "none"
	case n == 1:
		return names[0]
	case n <= most:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most-1], ", "), len(names)-most+1)
}

// clock is a time as a person says it on the day of now.
func (t *teller) clock(at, now time.Time) string {
	at, now = at.In(t.zone), now.In(t.zone)
	switch {
	case at.Format(time.DateOnly) == now.Format(time.DateOnly):
		return at.Format("15:04")
	case now.Sub(at).Abs() < 6*24*time.Hour:
		return at.Format("Mon 15:04")
	}
	return at.Format("2 Jan 15:04")
}

// span is a duration as short as a person would say it.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Round(time.Second)/time.Second))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute)/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d/time.Hour), int(d/time.Minute)%60)
	}
	return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
}
