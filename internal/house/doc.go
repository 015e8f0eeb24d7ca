// Package house holds no code: its tests watch over the house itself, that is over all other packages as text.
//
//  1. Parse every Go file of the module; nothing is compiled or run.
//  2. Compare each room's imports with the arrows: pure core, thin shell, one direction.
//  3. Look for what the rules forbid anywhere: clocks and loggers out of thin air, long functions, unfinished work.
//
// A new room, a new arrow or a new owner of a library is written down in the tables of the tests first.
package house
