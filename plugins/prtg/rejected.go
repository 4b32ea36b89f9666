package prtg

import (
	"encoding/json"
	"fmt"

	"github.com/quorate/quorate/device"
)

// maxRejected is how many of a poll's rejected rows are kept; the others are counted.
const maxRejected = 50

// rejected are the rows of a poll that are no devices and no sensors.
type rejected struct {
	rows []device.Rejection
	more int
}

// add takes a row: what it was, and why nothing can be made of it.
func (r *rejected) add(row any, why error) {
	if len(r.rows) >= maxRejected {
		r.more++
		return
	}
	body, isJSON := row.(json.RawMessage)
	if !isJSON {
		// What is no JSON either has no body.
		body, _ = json.Marshal(row)
	}
	const most = 8 << 10
	r.rows = append(r.rows, device.Rejection{Reason: "a row of PRTG's answer: " + why.Error(), Body: append([]byte(nil), body[:min(len(body), most)]...)})
}

func (r *rejected) join(o rejected) {
	room := min(maxRejected-len(r.rows), len(o.rows))
	r.rows, r.more = append(r.rows, o.rows[:room]...), r.more+o.more+len(o.rows)-room
}

// count is how many rows were rejected.
func (r *rejected) count() int { return len(r.rows) + r.more }

// list is all of them; the last one stands for those that were only counted.
func (r *rejected) list() []device.Rejection {
	if r.more == 0 {
		return r.rows
	}
	return append(r.rows, device.Rejection{Reason: fmt.Sprintf("%d more rows of PRTG's answer", r.more)})
}
