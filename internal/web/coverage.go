package web

import (
	"net/http"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
)

// coveragePage has the devices that cannot be confirmed, or whose sources partly fail together, before all others.
type coveragePage struct {
	Counts      []consensus.WitnessCount
	Shared      int
	Short, Rest []consensus.Covered
}

func (s *Site) coveragePage(w http.ResponseWriter, r *http.Request) {
	report := s.opt.Read.Coverage(s.opt.Now())
	page := coveragePage{Counts: report.Counts, Shared: len(report.Shared)}
	for _, c := range report.Devices {
		if c.Best == device.StandingConfirmed && len(c.Shared) == 0 {
			page.Rest = append(page.Rest, c)
			continue
		}
		page.Short = append(page.Short, c)
	}
	s.render(w, r, http.StatusOK, "coverage", &frame{Title: "Coverage", Here: "/coverage", Content: page})
}
