// Package lab is the simulated home lab: 68 devices on four VLANs, a fake LibreNMS that sees 11 of them, a fake PRTG
// that sees all, SNMP agents for the switch and the NAS, and the story that is played on it. Everything
// listens on 127.0.0.1 and everything in it is invented; addresses, names and MACs come from the ranges that are
// reserved for documentation.
//
// World holds what is really true of each device. The fakes are monitors of that world: each looks at its own
// interval, remembers what it saw and answers like the product it stands for, with that product's peculiarities. A
// monitor can also be wrong by itself (its host loses its network, its poller dies), answer badly (Fault) or show a bad
// certificate (TLSKind), and then the world is as it was.
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
// # The fakes alone
//
// NewLibreNMS and NewPRTG return http.Handlers over any World and any clock, for tests in this module:
//
//	world, err := lab.NewWorld(lab.Home(), clock)        // or lab.Crowd(5000, 20), or devices of your own
//	librenms := lab.NewLibreNMS(world, lab.LibreNMSOptions{Token: "token", Version: "26.4.1", Zone: berlin})
//	server := httptest.NewServer(librenms)
//	world.Kill("nas-1")                                  // found at the next poll of LibreNMS' own interval
//	world.Break("nas-2", "disk:1", device.StateCritical) // a sensor, and an alert
//	librenms.Mark("nas-3", lab.Mark{Maintenance: true})
//	librenms.SetFault(lab.Fault{Kind: lab.FaultTooMany, RetryAfter: "60", Only: "/ports"})
//
// They answer every call of the two APIs that reads, with filters, orders, columns, paging and the codes for nothing and
// for nothing allowed; of LibreNMS also acknowledging, of PRTG pausing, acknowledging, scanning and test alarms. What
// the real servers get wrong they get wrong too: options and methods say what (releases and old types, shuffled logs,
// forbidden calls, PRTG.Show for any state, SetXML, MisstateTotals, MixTypes, Hide), and FaultKinds lists how a server
// as a whole answers badly. Each secret that they send is a canary: Leaks finds one in what must not hold any.
//
// A test in another module or language runs "quorate demo --monitors", which prints where everything listens, with the
// credentials, and commands the lab at the address of EnvControl.
//
// # Moving
//
// World.Readdress gives devices new addresses at once, and VLAN100 is the move of the whole lab. A monitor that was
// given names follows; one that was given addresses finds nobody there until Correct.
//
// # Size
//
// Bodies are made while they are sent, in chunks, and nothing is locked while one is written: a body of 100,000 sensors
// takes half a second to a second of one core and lies nowhere as a whole. A body that fits a chunk is of one instant; in
// a longer one the rows of two chunks may be of two.
//
// # Pushes
//
// AlertmanagerTransport, APITransport and ExecuteHTTPAction send what the fakes have seen to a webhook, as LibreNMS and
// PRTG do; a PushFault loses, repeats and reorders it on the way. Send sends what is due, Run does so again and again.
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
