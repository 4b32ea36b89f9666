package device

import "time"

// Who a field's value is from, where it is no source.
const (
	FieldByConfiguration = "configuration"
	FieldByPerson        = "person"
)

// Field is one property of a device: the value held true, who says it and since when, and who says otherwise.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Source is a source's name, FieldByConfiguration or FieldByPerson.
	Source string `json:"source"`
	// Since is when the source first said so; zero where that is not known.
	Since   time.Time `json:"since,omitzero"`
	Dissent []Dissent `json:"dissent,omitempty"`
}

// Dissent is another source's value of a field.
type Dissent struct {
	Source string    `json:"source"`
	Value  string    `json:"value"`
	Since  time.Time `json:"since"`
}

// Profile is all that is known of who a device is.
type Profile struct {
	ID      ID        `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	// Aliases are devices that are part of this one; their ids lead here.
	Aliases []Name  `json:"aliases"`
	Fields  []Field `json:"fields"`
	Refs    []Bond  `json:"refs"`
	// Parents are what it hangs on: those that are configured, else the one that links show.
	Parents []Parent `json:"parents,omitempty"`
	// Apart are devices that a person said are not this one.
	Apart     []Name     `json:"apart"`
	Conflicts []Conflict `json:"conflicts"`
	Repairs   []Repair   `json:"repairs"`
}

// Bond is one ref of a device and why it is bound.
type Bond struct {
	SourceRef
	// By is the kind of key, "pin", "merge", "split", "itself" for the first ref of a device, or "follows" for one whose
	// source was told of the device: it is no evidence of who that is.
	By    string    `json:"by"`
	Since time.Time `json:"since"`
	// Weak and Held say why it does not vote: a bare host name is all that binds it, or it has changed hands. AbsentSince
	// is when its source no longer had it.
	Weak        bool      `json:"weak,omitempty"`
	Held        string    `json:"held,omitempty"`
	AbsentSince time.Time `json:"absent_since,omitzero"`

	Addresses []string `json:"addresses"`
	Hostnames []string `json:"hostnames"`
	MACs      []string `json:"macs"`
	Serial    string   `json:"serial,omitempty"`
	EngineID  string   `json:"engine_id,omitempty"`
}

// Conflict is one disagreement about who a device is.
type Conflict struct {
	At     time.Time `json:"at"`
	Key    string    `json:"key"`
	Reason string    `json:"reason"`
	Other  *Name     `json:"other,omitempty"`
}

// Repair is one merge, split, renaming, forgetting or confirmation.
type Repair struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind"`
	// By is "person", "pin" or a kind of key.
	By       string      `json:"by"`
	Other    *Name       `json:"other,omitempty"`
	Refs     []SourceRef `json:"refs,omitempty"`
	UndoneAt time.Time   `json:"undone_at,omitzero"`
}
