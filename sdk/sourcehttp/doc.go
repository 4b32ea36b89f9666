// Package sourcehttp is what sources that ask an HTTP API share: a client that treats every answer as hostile until
// it is parsed, and lenient types for monitors that change the type of a scalar from version to version.
//
// A Client starts nothing by itself. Each call ends with its context, reads at most a capped number of decompressed
// bytes, follows no redirect, and takes an answer for JSON only if it looks like JSON. Whatever goes wrong is one
// line that says what to change; no secret and no URL with a query is ever part of it, and text that came from the
// other side is quoted, cut short and searched for the secrets first.
//
// The package knows no monitor: what a refused log-in means for one of them is said by its plugin, from the fields
// of a Failure.
package sourcehttp
