// Package view is what the API, the page and the metrics ask of the agent: a Reader of the committed state and the record,
// and an Actor that does what people order. It holds interfaces and the words of orders, and no logic.
//
// The agent implements both; package viewtest has a Reader over values that a test sets.
package view
