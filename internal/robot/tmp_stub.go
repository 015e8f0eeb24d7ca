package robot

import "uketsuke/internal/casework"

type stub struct{}

func (stub) Fill(b []byte, _ []casework.Value) ([]byte, error) { return b, nil }

var refform stub

func values(v []casework.Value) []casework.Value   { return v }
func cleanStub(b []byte) ([]byte, []string, error) { return b, nil, nil }
