// Package webhook sends events to a server as CloudEvents, signed.
//
// An event goes out as CloudEvents 1.0 in JSON, one a request or many (Config.BatchMode). Its bytes are made of the event
// alone, so a redelivery has the same id and the same bytes. Every request is signed as Standard Webhooks asks:
// the receiver can tell that it came from here, that nobody changed it, and that it is not an old one played again.
//
// A request that gets no 2xx is repeated for as long as it takes, except where the answer says that this one event can
// never be taken. Redirects are not followed and no proxy is used but the configured one: the events go to the server of
// "url" and nowhere else. No error repeats a path, a query, a header or a body: tokens stand there.
//
// A Sink starts no goroutine of its own; its connections are kept between deliveries until Close.
package webhook
