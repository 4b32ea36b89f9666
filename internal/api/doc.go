// Package api serves what the agent knows: a JSON API and a live stream of events. It is also the way in
// to the page, whose routes it is handed. It also takes what monitors push, and hands that on without looking into it.
//
// Everything read here comes through a view.Reader, which is the last committed state and the record: nothing is shown
// that is not stored. A Server owns no goroutine but those of its HTTP server; a slow client holds back nobody, for
// every stream reads the record at its own pace. Texts of devices, sources and plugins are hostile: they reach JSON through the encoder only.
package api
