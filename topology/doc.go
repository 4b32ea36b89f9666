// Package topology works out which device hangs on which, from what devices see behind their ports.
//
// Parents is a pure function of what is seen and of where the root is. It knows no clock, no sources and no verdicts, and
// would rather say nothing than name a wrong parent: a dead switch that is blamed for what does not hang on it hides an
// outage.
package topology
