// Package metrics says in Prometheus' words how the agent does: text for /metrics, collected when it is asked for.
//
// What the state and the record can tell is read from a view.Reader at each scrape; what nobody keeps (requests, clients,
// how long polls took) is counted in a Metrics of its own, with a registry of its own. Every label has a bounded set of
// values: names of the configuration, words of ours, patterns of the route table; devices only where the owner wants it.
package metrics
