// Package maintenance works out when devices are in maintenance: schedules with a time zone, one-off windows, and what
// is to be ordered so that devices follow them.
//
// Everything here is a pure function of the configuration, a time and the devices as they are held: an agent asks at
// every boundary and at every change, a replay at every instant of its file, and both get the same orders. What a
// window means for a device (that it mutes, when it ends, what is told) is the consensus package's. Nothing here reads
// a clock, and nothing is kept between two calls: what has begun is in the devices themselves.
package maintenance
