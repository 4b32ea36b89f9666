// Package seeded draws home labs of which everything is known: what really happened to each device, and what each
// monitor of the lab saw of it and said to the agent, with all that goes wrong with monitors. The seed alone decides:
// there is no clock and no input or output in it, and the same seed gives the same lab on every machine.
//
//	lab := seeded.New(seeded.Options{Seed: 7})
//	play := lab.Play()
//	for {
//		s, err := play.Next() // snapshots and clock instants in the order of their time
//		if err == io.EOF && !play.Resume() {
//			break // not just a restart of the agent
//		}
//	}
//	lab.Devices[0].Down       // the truth
//	play.Words(monitor, 0)    // what a monitor itself held of the device, and from when
//
// What can happen, how often and for how long is the table of Rates.
package seeded
