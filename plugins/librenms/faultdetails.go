package librenms

import "encoding/json"

// faultDetails are the rows of an alert's details: an object with the list "rule" inside, null once it has recovered,
// and in old releases a text that holds the object.
type faultDetails []faultRow

// UnmarshalJSON takes any value; what has no rows holds none.
func (d *faultDetails) UnmarshalJSON(b []byte) error {
	*d = nil
	var text string
	if json.Unmarshal(b, &text) == nil {
		b = []byte(text)
	}
	for _, raw := range ruleRows(b) {
		var row faultRow
		if json.Unmarshal(raw, &row) == nil && len(*d) < maxFaultRows {
			*d = append(*d, row)
		}
	}
	return nil
}

// ruleRows are the elements of the list "rule", not decoded.
func ruleRows(b []byte) []json.RawMessage {
	var o struct {
		Rule json.RawMessage `json:"rule"`
	}
	var rows []json.RawMessage
	if json.Unmarshal(b, &o) != nil || json.Unmarshal(o.Rule, &rows) != nil {
		return nil
	}
	return rows
}
