// Package lab is the simulated home lab: 68 devices on four VLANs, a fake LibreNMS that sees 11 of them, a fake PRTG
// that sees all, SNMP agents for the switch and the NAS, and the story that is played on it. Everything
// listens on 127.0.0.1 and everything in it is invented; addresses, names and MACs come from the ranges that are
// reserved for documentation.
//
// World holds what is really true of each device. The fakes are monitors of that world: each looks at its own
// interval, remembers what it saw and answers like the product it stands for, with that product's peculiarities. A
// monitor can also be wrong by itself (its host loses its network, its poller dies) or answer badly (Fault), and then
// the world is as it was.
//
// # Running it
//
//	running, err := lab.Start(ctx, lab.Options{Dir: dir})  // fakes and agents listen when it returns
//	defer running.Close()
//	// start the agent on examples/hcl/demo.hcl with running.Env as its environment
//	story := lab.NewStory(running, lab.StoryOptions{Pace: lab.Fast})
//	err = story.Play(ctx, agent, func(line string) { fmt.Println(line) })
//
// Env lists exactly the variables that demo.hcl reads. Of these the caller owns EnvListen (the page's address) and may
// replace it before it starts the agent. Play needs an Agent: the recorded events in order (Events), the devices and
// the scoreboard as the agent holds them, and Draft, which asks for the post. It returns nil when every beat's events
// were recorded, and otherwise an error that names each beat that was not and what was missing.
//
// The fakes also stand alone: NewLibreNMS and NewPRTG return http.Handlers over any World and any clock.
//
// # Time
//
// Every time comes from the World's clock. A fake measures on a grid of its interval and never in the future: what it
// says at an instant depends on the clock and on when the world changed, not on when it was asked. The agent is
// unchanged and judges by its own clock, so a lab for an agent runs on the real time and is fast by short intervals.
// In the demo LibreNMS measures every second (its times have whole seconds) and PRTG twice a second (it states whole
// seconds, so it says 1 s); both are asked every 500 ms. A change with one witness is then confirmed in about two
// seconds, and what a source said last is too old after six. The direct prober looks every 4 s: between two of its
// looks there is time for a lie to be told and contradicted by PRTG alone.
//
// # Goroutines
//
// Start starts one goroutine for each listener; Close ends them and waits. Play starts none.
package lab
