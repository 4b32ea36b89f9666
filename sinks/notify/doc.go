// Package notify is the sink that tells people: short messages through shoutrrr, to ntfy, mail and the rest.
//
// It compares what is true with what the reader was told. Events only move the first; a message is what makes up the
// difference, once it has lasted for the settle time. So the twenty devices behind a dead switch are one message, a
// recovery goes to whoever was told the problem and to nobody else, and what was missed, be it for a restart, another
// filter or events that were dropped, heals by itself.
//
// One Sink is one target. What the reader was told, and the messages on their way, are the ledger: Book hands its changes
// to whoever runs the sink, who stores them together with the cursor. A message is composed once and then sent until it
// is taken; what a crash can repeat is the one that was on its way.
//
// Its methods are called by one goroutine at a time. A delivery starts one goroutine, since shoutrrr knows no context: it
// is waited for as long as the delivery may take, and asked for its outcome by the next one.
package notify
