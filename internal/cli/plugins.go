package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate/device"
)

// printPlugins lists the plugins' processes. What went wrong with one stands below the table.
func (p *Program) printPlugins(sources []device.SourceStatus, now time.Time) {
	p.table("SOURCE\tSTATE\tPID\tMEMORY\tPROCESSES\tRUNS FOR\tRESTARTS\tCRASHES", func(w *tabwriter.Writer) {
		for _, s := range sources {
			g := s.Plugin
			if g == nil {
				g = &device.PluginStatus{State: "-"}
			}
			pid, memory, processes, runs := "-", "-", "-", "-"
			if g.PID > 0 {
				pid, memory, processes, runs = fmt.Sprint(g.PID), size(g.Memory), fmt.Sprint(g.Processes), age(now.Sub(g.Since))
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\n", printable(s.Name), printable(string(g.State)), pid, memory, processes, runs, g.Restarts, g.Crashes)
		}
	})
	for _, s := range sources {
		if s.Plugin != nil && s.Plugin.LastError != "" {
			fmt.Fprintf(p.Stdout, "%s: the last time it failed: %s\n", printable(s.Name), printable(s.Plugin.LastError))
		}
		if text := pluginTrouble(s.Plugin, now); text != "" {
			fmt.Fprintf(p.Stdout, "%s: its plugin %s\n", printable(s.Name), printable(text))
		}
	}
}

// pluginTrouble says in a line what a plugin does that it should not, and what the agent did about it; nothing of one
// that runs well.
func pluginTrouble(g *device.PluginStatus, now time.Time) string {
	if g == nil {
		return ""
	}
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	switch g.State {
	case device.PluginWaiting:
		add("starts again in %s: %s", age(g.Until.Sub(now)), g.LastError)
	case device.PluginQuarantined:
		add("is left alone for another %s: %s", age(g.Until.Sub(now)), g.LastError)
	case device.PluginRefused:
		add("does not run: %s", g.LastError)
	case device.PluginEnding:
		add("was killed and is not gone yet: %s", g.LastError)
	}
	if g.Crashes > 0 {
		add("failed %s in the last 10 minutes", plural(g.Crashes, "time"))
	}
	if g.RefusedPolls > 0 {
		add("sent %s too large or not of the contract's form", plural(int(g.RefusedPolls), "poll"))
	}
	if g.Rejected > 0 {
		add("sent %s that could not be accepted", plural(int(g.Rejected), "observation"))
	}
	if g.LogDropped > 0 {
		add("logged %s too much", plural(int(g.LogDropped), "line"))
	}
	if g.StdoutDropped > 0 {
		add("printed %s on stdout, where nothing belongs", size(g.StdoutDropped))
	}
	return strings.Join(parts, "; ")
}

// size is a number of bytes as a person says it.
func size(n int64) string {
	switch {
	case n < 10<<10:
		return fmt.Sprintf("%d B", n)
	case n < 10<<20:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}
