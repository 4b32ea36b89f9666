package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/quorate/quorate/blogsink"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/share"
	"github.com/quorate/quorate/internal/store"
)

// SupportOrder asks for what others need to help.
type SupportOrder struct {
	Events int `json:"events"` // the last so many, at most MaxSupportEvents
}

// MaxSupportEvents is how many events a bundle holds at most.
const MaxSupportEvents = 5000

// SupportFile is one file of a support bundle, masked and checked.
type SupportFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// SupportAnswer is all files of a bundle, the README first, or why there is none.
type SupportAnswer struct {
	Files   []SupportFile `json:"files"`
	Refused string        `json:"refused,omitempty"`
}

// serveSupport serves POST /control/support.
func (a *Agent) serveSupport(mux *http.ServeMux) {
	control(a, mux, "/control/support", func(ctx context.Context, in SupportOrder) (SupportAnswer, error) {
		if in.Events < 0 || in.Events > MaxSupportEvents {
			return SupportAnswer{}, &mistake{fmt.Sprintf("%d events: a bundle takes up to %d", in.Events, MaxSupportEvents)}
		}
		ctx, cancel := context.WithTimeout(ctx, shareTimeout)
		defer cancel()
		return a.support(ctx, in.Events)
	})
}

// support makes the files of a bundle. The key, the secrets and the database are in none of them.
func (a *Agent) support(ctx context.Context, events int) (SupportAnswer, error) {
	m, err := a.masker(ctx)
	if err != nil {
		return SupportAnswer{}, err
	}
	b := &bundle{ctx: ctx, masker: m}
	r, at := &reader{a}, now()
	b.json("build.json", "the version, and what it was built with", buildFacts(a.opt.Version))
	b.json("status.json", "what \"quorate status --json\" prints: limits that are met among it", r.Status(at))
	b.json("sources.json", "the sources, and how their plugins' processes do", r.Sources(at))
	b.json("sinks.json", "the sinks, and what waits for them", r.Sinks())
	b.json("devices.json", "how many devices have which verdict, and how many witnesses", deviceCounts(r.Devices(at)))
	b.record(a)
	b.configuration(a)
	b.events(a, events)
	b.json("process.json", "memory, goroutines and open files of the agent", processFacts())
	if b.err != nil {
		return b.answer()
	}
	b.files = append([]SupportFile{{Name: "README.md", Text: b.readme(at)}}, b.files...)
	b.fail(m.Check([]byte(b.files[0].Text)))
	return b.answer()
}

// bundle collects files and remembers the first failure.
type bundle struct {
	ctx    context.Context
	masker *share.Masker
	files  []SupportFile
	what   []string // of each file
	err    error
}

func (b *bundle) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *bundle) add(name, what, text string) {
	b.files = append(b.files, SupportFile{Name: name, Text: text})
	b.what = append(b.what, what)
}

// json adds a value with its texts masked.
func (b *bundle) json(name, what string, v any) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		b.fail(fmt.Errorf("%s: %w", name, err))
		return
	}
	masked, err := b.masker.JSON(b.ctx, text)
	if err != nil {
		b.fail(fmt.Errorf("%s: %w", name, err))
		return
	}
	b.add(name, what, string(masked))
}

func (b *bundle) record(a *Agent) {
	version, err := store.SchemaVersion()
	b.fail(err)
	counts, err := a.store.Counts(b.ctx)
	b.fail(err)
	b.json("record.json", "the version of the database's schema, and how many rows its tables have", struct {
		Schema int          `json:"schema"`
		Rows   store.Counts `json:"rows"`
	}{version, counts})
}

// configuration adds what posts show of the configuration, whole.
func (b *bundle) configuration(a *Agent) {
	table, err := a.table()
	if err != nil {
		b.fail(err)
		return
	}
	g := a.generation()
	setup, err := g.cfg.Setup(g.infos, g.settings)
	if err != nil {
		b.fail(err)
		return
	}
	l, err := blogsink.NewListing(b.ctx, setup, blogsink.ListingOptions{Table: table, Devices: a.Devices()})
	if err != nil {
		b.fail(err)
		return
	}
	text := l.HCL()
	if err := b.masker.Check([]byte(text)); err != nil {
		b.fail(fmt.Errorf("configuration.hcl: %w", err))
		return
	}
	b.add("configuration.hcl", "the settings in force: secrets are references, names and addresses are fictional", text)
}

func (b *bundle) events(a *Agent, n int) {
	var lines bytes.Buffer
	last := a.pipe.LastSeq()
	for after := max(0, last-int64(n)); after < last; {
		page, err := a.store.Events(b.ctx, after, 500)
		if err != nil {
			b.fail(err)
			return
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			line, err := json.Marshal(e)
			if err != nil {
				b.fail(err)
				return
			}
			lines.Write(append(line, '\n'))
			after = e.Seq
		}
	}
	masked, err := b.masker.JSON(b.ctx, lines.Bytes())
	if err != nil {
		b.fail(fmt.Errorf("events.jsonl: %w", err))
		return
	}
	b.add("events.jsonl", fmt.Sprintf("the last events, %d at most", n), string(masked))
}

// answer is the bundle, or the refusal.
func (b *bundle) answer() (SupportAnswer, error) {
	if refused, ok := asRefused(b.err); ok {
		return SupportAnswer{Refused: refused}, nil
	}
	return SupportAnswer{Files: b.files}, b.err
}

// readme says what is in the bundle and what was replaced.
func (b *bundle) readme(at time.Time) string {
	var t strings.Builder
	fmt.Fprintf(&t, "# A support bundle of Quorate, %s\n\nMade by `quorate support`. Read it before you pass it on.\n\n", at.Format(time.RFC3339))
	for i, f := range b.files {
		fmt.Fprintf(&t, "- `%s`: %s.\n", f.Name, b.what[i])
	}
	t.WriteString("\nNames of devices, addresses, hosts and accounts are fictional: those that the posts of this agent use, so that one device has one\n" +
		"name throughout. Words that the program does not say itself, such as those of a monitor, are replaced by " + share.Mark + ". Secrets, the\n" +
		"site key and the database are in no file. Each file was then checked for everything that the agent knows to be private.\n")
	if counts := b.masker.Replaced(); len(counts) > 0 {
		t.WriteString("\nReplaced, by kind and how many different ones:\n\n")
		for _, c := range counts {
			fmt.Fprintf(&t, "- %s: %d\n", c.Kind, c.N)
		}
	}
	return t.String()
}

// buildFacts says what the program was made of.
func buildFacts(version string) map[string]any {
	out := map[string]any{"version": version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH, "cpus": runtime.NumCPU()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.modified" || s.Key == "CGO_ENABLED" || s.Key == "-race" {
				out[strings.ToLower(strings.Trim(s.Key, "-"))] = s.Value
			}
		}
	}
	return out
}

// deviceCounts says how the devices stand, and no more of them.
func deviceCounts(devices []device.Current) map[string]map[string]int {
	out := map[string]map[string]int{"status": {}, "standing": {}, "witnesses": {}}
	for i := range devices {
		d := &devices[i]
		out["status"][string(d.Status)]++
		out["standing"][string(d.Standing)]++
		out["witnesses"][fmt.Sprint(d.Witnesses.Enrolled)]++
	}
	return out
}

// processFacts are figures of the agent's own process.
func processFacts() map[string]int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	out := map[string]int64{
		"goroutines": int64(runtime.NumGoroutine()), "resident_bytes": resident(), "heap_bytes": int64(m.HeapAlloc), "system_bytes": int64(m.Sys),
		"collections": int64(m.NumGC),
	}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		out["open_files"] = int64(len(files))
	}
	return out
}
