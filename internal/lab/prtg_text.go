package lab

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"
)

func prtgZone() *time.Location { return time.FixedZone("UTC+1", 3600) }

// ole writes a time as an OLE automation date: days since 1899-12-30, in UTC.
func ole(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatFloat(oleDays(t), 'f', 10, 64)
}

func oleDays(t time.Time) float64 { return float64(t.UnixMicro())/86400e6 + 25569 }

// text is s in the language of the user.
func (p *PRTG) text(s string) string {
	if !p.opt.German {
		return s
	}
	return orElse(german(s), s)
}

func german(s string) string {
	switch s {
	case "Up":
		return "Ok"
	case "Warning":
		return "Warnung"
	case "Down":
		return "Fehler"
	case "Down (Acknowledged)":
		return "Fehler (Bestätigt)"
	case "Down (Partial)":
		return "Fehler (Teilweise)"
	case "Unusual":
		return "Ungewöhnlich"
	case "Unknown":
		return "Unbekannt"
	case "None":
		return "Kein"
	case "Collecting":
		return "Sammle"
	case "No Probe":
		return "Keine Probe"
	case "Paused  (paused)":
		return "Pausiert  (pausiert)"
	case "Paused  (paused by parent)":
		return "Pausiert  (pausiert durch übergeordnetes Objekt)"
	case "Paused  (paused by dependency)":
		return "Pausiert  (pausiert durch Abhängigkeit)"
	case "Paused  (paused by schedule)":
		return "Pausiert  (pausiert durch Zeitplan)"
	case "Paused  (paused by license)":
		return "Pausiert  (pausiert durch Lizenz)"
	case "Paused  (paused until)":
		return "Pausiert  (pausiert bis)"
	case "Paused by dependency":
		return "Durch Abhängigkeit pausiert"
	case "Paused by parent":
		return "Durch übergeordnetes Objekt pausiert"
	case "Request timed out (ICMP error # 11010)":
		return "Zeitüberschreitung der Anforderung (ICMP-Fehler # 11010)"
	case "Connected":
		return "Verbunden"
	case "Disconnected":
		return "Getrennt"
	case "Yes":
		return "Ja"
	case "No":
		return "Nein"
	}
	return ""
}

// statusText is localised and padded, as PRTG's is: nobody should read it.
func (p *PRTG) statusText(status int) string {
	name := prtgStatusName(status)
	if strings.HasPrefix(name, "Paused") {
		return p.text(name)
	}
	return p.text(name) + " "
}

// dateText is a time as the user reads it.
func (p *PRTG) dateText(t time.Time) string {
	layout := "1/2/2006 3:04:05 PM"
	if p.opt.German {
		layout = "02.01.2006 15:04:05"
	}
	return t.In(prtgZone()).Format(layout)
}

// when shows a time in the user's zone with the distance that PRTG adds, or "-" for never.
func (p *PRTG) when(t, now time.Time) column {
	if t.IsZero() {
		return column{"-", ""}
	}
	shown := p.dateText(t) + ` <span class="percent">[` + strconv.Itoa(int(now.Sub(t).Seconds())) + ` s ago]</span>`
	return column{shown, float64(int64(oleDays(t)*1e10+0.5)) / 1e10}
}

// div is a message as PRTG shows it.
func div(message string) string {
	return `<div class="status">` + html.EscapeString(message) + `<div class="moreicon"></div></div>`
}

// value is the localised last value.
func (p *PRTG) value(s *prtgSensor) string {
	n, ok := p.rawValue(s)
	if !ok {
		return "-"
	}
	if s.Kind == "snmptraffic" {
		n = n * 8 / 1e6
	}
	text := strconv.FormatFloat(n, 'f', 2, 64)
	if s.Kind == "snmpuptime" {
		text = strconv.Itoa(int(n / 86400))
	}
	if p.opt.German {
		text = strings.ReplaceAll(text, ".", ",")
	}
	return strings.TrimSpace(text + " " + s.Unit)
}

// rawValue wanders a little around the sensor's good value, the same way in every run. What does not answer has none.
func (p *PRTG) rawValue(s *prtgSensor) (float64, bool) {
	if s.scanned.IsZero() || s.status == prtgDown || s.shown == prtgDown {
		return 0, false
	}
	if s.Kind == "snmpuptime" {
		return s.uptime.Seconds(), true
	}
	return s.valueAt(s.scanned), true
}

func (s *prtgSensor) valueAt(t time.Time) float64 {
	wave := int64(hash(s.Name)) + t.Unix()/30
	return s.Value * (1 + float64(wave%11-5)/100)
}

// percent is a share of a time as PRTG has it: the text, and the same times 10,000 of a percent.
func percent(share float64) column {
	return column{fmt.Sprintf("%.4f%%", share*100), int(share * 1e6)}
}
