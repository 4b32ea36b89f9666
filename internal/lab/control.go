package lab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
)

// EnvControl is where a lab takes commands from, once Control listens.
const EnvControl = "DEMO_CONTROL_URL"

// Control starts a server on a free port of 127.0.0.1 by which a test in any language commands the lab, and returns its
// address. A command is a POST whose path is the command's name; its arguments are parameters of the query. It answers
// 204, or 400 with what is wrong. GET / lists the commands and the devices. It ends with the lab.
func (r *Running) Control(ctx context.Context) (string, error) {
	mux := http.NewServeMux()
	for name, c := range commands() {
		mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, req *http.Request) {
			if err := c.do(r, req.URL.Query()); err != nil {
				answer(w, http.StatusBadRequest, "text/plain; charset=UTF-8", err.Error()+"\n")
				return
			}
			w.WriteHeader(http.StatusNoContent)
		})
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, "text/plain; charset=UTF-8", r.told())
	})
	s, err := serve(ctx, mux, TLSNone, nil)
	if err != nil {
		return "", fmt.Errorf("lab: %w", err)
	}
	r.servers = append(r.servers, s)
	return s.url, nil
}

// order is a command: what it takes and what it does.
type order struct {
	usage string
	do    func(r *Running, q url.Values) error
}

func commands() map[string]order {
	device1 := func(do func(w *World, name string) error) func(*Running, url.Values) error {
		return func(r *Running, q url.Values) error { return do(r.World, q.Get("device")) }
	}
	return map[string]order{
		"kill":        {"device=NAME", device1((*World).Kill)},
		"revive":      {"device=NAME", device1((*World).Revive)},
		"stop-agent":  {"device=NAME", device1((*World).StopAgent)},
		"start-agent": {"device=NAME", device1((*World).StartAgent)},
		"break": {"device=NAME&part=disk:1&state=warning|critical|ok", func(r *Running, q url.Values) error {
			return r.World.Break(q.Get("device"), q.Get("part"), device.State(q.Get("state")))
		}},
		"move": {"(all devices to VLAN 100)", func(r *Running, _ url.Values) error { return r.World.Readdress(VLAN100(r.World.Devices())) }},
		"correct": {"server=librenms|prtg", onServer(func(f fake, _ url.Values) error {
			f.Correct()
			return nil
		})},
		"lose-network": {"server=librenms|prtg&lost=true|false", onServer(func(f fake, q url.Values) error {
			lost, err := strconv.ParseBool(q.Get("lost"))
			f.LoseNetwork(lost)
			return err
		})},
		"mark": {"device=NAME&maintenance=true&disabled=true&ignored=true&snmp_disabled=true&missing=true&guest=true&new=true&ping_off=true" +
			"&ping_filtered=true&flapping=true (in LibreNMS; what is left out is off)", mark},
		"show": {"device=NAME&sensor=Ping&status=13&message=TEXT (in PRTG; no sensor: all; status -1: as measured)", show},
		"fault": {"server=librenms|prtg&kind=503&delay=2s&after=3&only=PART_OF_PATH&to=URL&retry_after=60&pace=100ms (no kind: none)",
			onServer(setFault)},
	}
}

func mark(r *Running, q url.Values) error {
	if _, ok := r.World.Device(q.Get("device")); !ok {
		return fmt.Errorf("the lab has no device %q", q.Get("device"))
	}
	on := func(name string) bool { return q.Get(name) == "true" }
	r.LibreNMS.Mark(q.Get("device"), Mark{
		Maintenance: on("maintenance"), Disabled: on("disabled"), Ignored: on("ignored"), SNMPDisabled: on("snmp_disabled"), Missing: on("missing"),
		Guest: on("guest"), New: on("new"), PingOff: on("ping_off"), PingFiltered: on("ping_filtered"), Flapping: on("flapping"),
	})
	return nil
}

func show(r *Running, q url.Values) error {
	status, err := strconv.Atoi(q.Get("status"))
	if err != nil {
		return fmt.Errorf("status=%q: want PRTG's number", q.Get("status"))
	}
	r.PRTG.Show(q.Get("device"), q.Get("sensor"), status, q.Get("message"))
	return nil
}

// fake is what both servers can do.
type fake interface {
	Correct()
	LoseNetwork(lost bool)
	SetFault(f Fault)
}

func onServer(do func(f fake, q url.Values) error) func(*Running, url.Values) error {
	return func(r *Running, q url.Values) error {
		switch q.Get("server") {
		case sourceLibreNMS:
			return do(r.LibreNMS, q)
		case sourcePRTG:
			return do(r.PRTG, q)
		}
		return fmt.Errorf("server=%q: want librenms or prtg", q.Get("server"))
	}
}

func setFault(f fake, q url.Values) error {
	fault := Fault{Kind: FaultKind(q.Get("kind")), Only: q.Get("only"), To: q.Get("to"), RetryAfter: q.Get("retry_after")}
	var errs []error
	span := func(name string, into *time.Duration) {
		if text := q.Get(name); text != "" {
			d, err := time.ParseDuration(text)
			*into, errs = d, append(errs, err)
		}
	}
	span("delay", &fault.Delay)
	span("pace", &fault.Pace)
	if text := q.Get("after"); text != "" {
		n, err := strconv.Atoi(text)
		fault.After, errs = n, append(errs, err)
	}
	if !slices.Contains(FaultKinds(), fault.Kind) {
		errs = append(errs, fmt.Errorf("kind=%q: want one of %q", fault.Kind, FaultKinds()))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	f.SetFault(fault)
	return nil
}

// FaultKinds are all of them, the one that is none first.
func FaultKinds() []FaultKind {
	return []FaultKind{
		FaultNone, FaultServerError, FaultBadGateway, FaultUnavailable, FaultTooMany, FaultUnauthorized, FaultForbidden, FaultUnknownRoute,
		FaultLoginPage, FaultHTML, FaultEmpty, FaultRedirect, FaultLoop, FaultElsewhere, FaultToTLS, FaultCutOff, FaultHalf, FaultGarbage, FaultNoHTTP,
		FaultReset, FaultSilent, FaultSlow, FaultWrongType, FaultHuge, FaultBlanks, FaultBomb, FaultTwice, FaultDeep, FaultLongText,
	}
}

// told says which commands there are and which devices.
func (r *Running) told() string {
	var b strings.Builder
	all := commands()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "POST /%s?%s\n", name, all[name].usage)
	}
	b.WriteByte('\n')
	for _, d := range r.World.Devices() {
		fmt.Fprintf(&b, "%s %s", d.Name, d.Address)
		if d.LibreNMS != nil {
			fmt.Fprintf(&b, " librenms=%d", d.LibreNMS.ID)
		}
		if d.PRTG != nil {
			fmt.Fprintf(&b, " prtg=%d", d.PRTG.ID)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
