package sdk

// AttributeType is the type of a configuration attribute.
type AttributeType string

// The attribute types, with the JSON that a plugin gets for each.
const (
	TypeString   AttributeType = "string"       // "x"
	TypeNumber   AttributeType = "number"       // 1.5
	TypeBool     AttributeType = "bool"         // true
	TypeDuration AttributeType = "duration"     // "60s", already checked
	TypeStrings  AttributeType = "list(string)" // ["a", "b"]
	TypeMap      AttributeType = "map(string)"  // {"a": "b"}
)

// Attribute is one `name = value` of a config block.
type Attribute struct {
	Name string        `json:"name"`
	Type AttributeType `json:"type"`
	Doc  string        `json:"doc,omitempty"`
	// Required attributes must be set; Sensitive ones take references only (env, file) and never print.
	Required  bool `json:"required,omitempty"`
	Sensitive bool `json:"sensitive,omitempty"`
	// Default is JSON of the attribute's type that the agent fills in; "" means none.
	Default string `json:"default,omitempty"`
	// OneOf, where not empty, lists the values that a string may have.
	OneOf []string `json:"one_of,omitempty"`
}

// Block is a nested block. The plugin gets a JSON list under the block's name, in the order of the file, each
// element an object with the block's attributes and one field for each label.
type Block struct {
	Name string `json:"name"`
	Doc  string `json:"doc,omitempty"`
	// Labels names the labels in order: `target "sw"` with Labels ["name"] arrives as {"name": "sw", ...}.
	Labels []string `json:"labels,omitempty"`
	Min    int      `json:"min,omitempty"`
	Max    int      `json:"max,omitempty"` // 0 means no limit
	Schema Schema   `json:"schema"`
}

// Schema is what a config block may hold. The agent decodes the HCL body against it and reports mistakes with file
// and line before the plugin is configured.
type Schema struct {
	Attributes []Attribute `json:"attributes,omitempty"`
	Blocks     []Block     `json:"blocks,omitempty"`
}
