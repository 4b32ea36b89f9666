package consensus

import "github.com/quorate/quorate/device"

// group keeps the incidents: one for each root that is down with all that hangs on it, one for each suspect source.
func (j *judge) group() {
	_ = device.Incident{}
}
