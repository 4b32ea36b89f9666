package librenms

import (
	"encoding/json"

	"github.com/quorate/quorate/sdk/sourcehttp"
)

// place is a location: a text in lists, an object with a text in newer answers about one device.
type place struct{ sourcehttp.Scalar }

// UnmarshalJSON takes any value; what is neither is no place.
func (p *place) UnmarshalJSON(b []byte) error {
	*p = place{}
	if len(b) == 0 || b[0] != '{' {
		return p.Scalar.UnmarshalJSON(b)
	}
	var o struct {
		Location sourcehttp.Scalar `json:"location"`
	}
	if json.Unmarshal(b, &o) == nil {
		p.Scalar = o.Location
	}
	return nil
}
