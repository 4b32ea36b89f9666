// Package oracle proves that nothing is lost. Three parties: the oracle, this process, which is never hurt; the agent,
// the real binary on a real folder, which is; and the judge, which looks after each fault.
//
// The oracle issues observations through quorate-source-oracle, a third party's plugin like any other. Each has a
// number, and all of it follows from the run's seed and that number. When the agent tells the plugin that a poll is
// committed, what was in that poll becomes an obligation: from then on it has to be in the record, and to reach the
// webhook and the file, whatever happens. Before that it may vanish. The oracle also is the webhook's receiver, which
// refuses, hangs and breaks off at random, and reads what the file sink writes.
//
// A run prints its seed. QUORATE_SEED=n repeats one, and testdata/seeds.txt holds those that have failed once: they are
// run each time. A run that saw too few acknowledgements, kills or redeliveries proves nothing, and fails as void.
package oracle
