package web

import "github.com/quorate/quorate/device"

// stageCount is how many are at one stage of the way from a poll to the sinks.
type stageCount struct {
	N          int64
	Word, Kind string // Kind is a class where it wants attention
}

// stages fills in how far what was observed has come.
func (s *Site) stages(p *eventsPage) {
	status := s.opt.Read.Status(s.opt.Now())
	var delivered, waiting, dropped, aside int64
	for _, sink := range s.opt.Read.Sinks() {
		delivered, waiting = delivered+sink.Delivered, waiting+sink.Waiting
		dropped, aside = dropped+sink.Dropped, aside+sink.SetAside
	}
	attention := func(kind string, wanted bool) string {
		if wanted {
			return kind
		}
		return ""
	}
	p.Stages = []stageCount{
		{int64(status.Waiting), "polls wait for their commit", attention("degraded", status.State == device.AgentDegraded && status.Waiting > 0)},
		{s.opt.Read.LastSeq(), "events recorded", ""},
		{delivered, "delivered since the start", ""},
		{waiting, "wait at the sinks", ""},
		{dropped, "passed over by full sinks", attention("degraded", dropped > 0)},
		{aside, "set aside by sinks", attention("degraded", aside > 0)},
	}
}
