// Package posts proves what the lab's posts promise: that nothing of a home is in them, and that they are pages worth
// reading. Seeded labs whose every text is a canary of its own go through the pipeline, the store and the blog sink, and
// whatever leaves is searched by a finder that shares no code with what it judges. Three example posts are made of one
// story, built with the real site builder and looked at in a real browser.
//
// The labs run in this process, many in a minute. The real agent with its plugin processes plays the same in package e2e.
package posts
