// Package api serves what the agent knows: a JSON API, a live stream of events and a web page that works without
// JavaScript. It also takes what monitors push, and hands that on without looking into it.
//
// Everything read here comes through the View, which is the last committed state and the record: nothing is shown
// that is not stored. A Server owns no goroutine but those of its HTTP server; a slow client holds back nobody, for
// every stream reads the record at its own pace. Texts of devices, sources and plugins are hostile: they reach HTML in
// text position only, JSON through the encoder only.
package api
