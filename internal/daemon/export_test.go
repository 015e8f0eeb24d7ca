package daemon

// What the tests outside of this package look at: they use the demo's office, which imports this package.

// Special is Office.special.
var Special = (*Office).special

// Temp is the temporary folder of a trial, "" when it needs none.
func Temp(t *Trial) string { return t.temp }
