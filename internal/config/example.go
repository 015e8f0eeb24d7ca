package config

import _ "embed"

//go:embed example.toml
var example string

// Example returns a commented configuration in TOML with every setting; init prints it. It is complete but for the
// mailbox's password, which it expects in the environment variable UKETSUKE_PASSWORD.
func Example() string { return example }
