package blogsink

import "time"

// Setup is the configuration in force as the agent hands it over: made of decoded settings, never of the text of a
// file. It holds private values. NewListing makes of it what may be shown.
type Setup struct {
	Attributes []SetupAttribute // outside of any block
	Blocks     []SetupBlock
}

// SetupBlock is one block. What stays at its default is not in it, unless a reader needs it.
type SetupBlock struct {
	// Name is the type of the block, a word of the configuration's own.
	Name       string
	Labels     []SetupValue
	Attributes []SetupAttribute
	Blocks     []SetupBlock
	// Left is how many settings the agent left out.
	Left int
	// Foreign is a source whose program is the owner's own: it is shown as a comment, since nobody else has the program.
	Foreign bool
}

// SetupAttribute is one setting.
type SetupAttribute struct {
	Name  string
	Value SetupValue
}

// SetupValue is a value with what it is: that decides how it is shown.
type SetupValue struct {
	Kind   SetupKind
	Text   string
	Number float64
	Span   time.Duration
	// List holds the elements of a list, and the values of a map under Keys.
	List []SetupValue
	Keys []SetupValue
}

// SetupKind is what a value of the configuration is.
type SetupKind int

// The kinds. Those of the first group are shown as they are, those of the second by an alias, of those of the third
// nothing is shown but that they are there.
const (
	SetupNumber SetupKind = iota
	SetupYes              // Number is 1 for true
	SetupSpan
	SetupSize     // Number is in bytes
	SetupAmount   // Text is a number with a unit of bytes
	SetupWord     // one of a closed list
	SetupSchedule // the five fields of cron
	SetupEvent    // a type of events, or a pattern of them
	SetupListen   // an address of this machine with a port

	SetupAddress
	SetupPeer // a host or an address, with or without a port
	SetupURL
	SetupHost
	SetupMAC
	SetupDevice // the name of a device
	SetupDomain
	SetupMachine // what sources depend on together
	SetupSource  // the name of a source
	SetupRef     // what a source calls a device
	SetupGroup
	SetupTag
	SetupCredential
	SetupTarget
	SetupWindow
	SetupSink
	SetupHeader
	SetupUser

	SetupSecret // Text is not set
	SetupFile   // of the agent's own, for which a place of the product's is shown
	SetupFolder
	SetupOther // left out, and counted

	SetupList
	SetupMap
)
