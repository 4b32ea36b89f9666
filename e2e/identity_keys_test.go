package e2e

// alike is several devices that stand alike in the end.
func alike(ending string, names ...string) []string {
	var out []string
	for _, n := range names {
		out = append(out, n+": "+ending)
	}
	return out
}

const (
	// seenTwice and seenOnce are devices of two and of one monitor that are up all the time.
	seenTwice = "up confirmed 2/2 since 00:00:00"
	seenOnce  = "up single 1/1 since 00:00:00"
)

// keyCases stand for section 1 of identity: how keys are compared, and which are no evidence.
func keyCases() map[string]tale {
	return map[string]tale{
		// "db.lab" is what is left of db.lab.example.net, and is not "db".
		"names_normalised": {
			ends: []string{
				"db: " + seenOnce,
				"db-2: " + seenOnce,
				"nas1: " + seenTwice,
				"web: " + seenTwice,
			},
			bound: []string{"librenms/1 prtg/a", "librenms/2 prtg/b", "librenms/3", "prtg/c"},
		},
		"address_notations": {
			ends:  alike(seenTwice, "five", "four", "one", "three", "two"),
			bound: []string{"librenms/1 prtg/a", "librenms/2 prtg/b", "librenms/3 prtg/c", "librenms/4 prtg/d", "librenms/5 prtg/e"},
		},
		"mac_notations": {
			ends:  alike(seenTwice, "four", "one", "three", "two"),
			bound: []string{"librenms/1 prtg/a", "librenms/2 prtg/b", "librenms/3 prtg/c", "librenms/4 prtg/d"},
		},
		// Each monitor has one ref with each word, so only the word itself can keep them apart.
		"names_that_say_nothing": {
			ends: alike(seenOnce, "lib-brackets", "lib-empty", "lib-localhost", "lib-none", "lib-unknown",
				"prtg-brackets", "prtg-empty", "prtg-localhost", "prtg-none", "prtg-unknown"),
		},
		"addresses_that_say_nothing": {
			ends: alike(seenOnce, "lib-any", "lib-link", "lib-link6", "lib-loopback", "lib-loopback6", "lib-mapped", "lib-multicast", "lib-multicast6",
				"prtg-any", "prtg-link", "prtg-link6", "prtg-loopback", "prtg-loopback6", "prtg-mapped", "prtg-multicast", "prtg-multicast6"),
		},
		"macs_that_say_nothing": {
			ends: alike(seenOnce, "lib-broadcast", "lib-docker", "lib-local", "lib-multicast", "lib-vrrp", "lib-zero",
				"prtg-broadcast", "prtg-docker", "prtg-local", "prtg-multicast", "prtg-vrrp", "prtg-zero"),
		},
		"shared_address": {ends: alike(seenOnce, "fw1", "fw2")},
		// Three sensors on one address are three devices, and none of them is what librenms has there.
		"one_address_many_refs": {
			ends: []string{
				"http: " + seenOnce,
				"nas1: up single 1/1 since 00:01:00",
				"ntp: " + seenOnce,
				"ping: " + seenOnce,
			},
		},
		// The three refs of prtg are one witness.
		"pin_says_so": {
			ends:  []string{"nas1: " + seenTwice},
			bound: []string{"librenms/9 prtg/1 prtg/2 prtg/3"},
		},
		"no_key_at_all": {
			ends:  alike(seenOnce, "printer", "printer-2", "printer-3"),
			bound: []string{"librenms/1", "prtg/a", "prtg/b"},
		},
	}
}
