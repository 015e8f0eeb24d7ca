package entrysheet

// FieldName is how letters call a field: its Japanese name, with the section's where several fields share it; the key
// itself where the layout has no such field.
func (l *Layout) FieldName(key string) string {
	i, ok := l.byKey[key]
	if !ok {
		return key
	}
	name := l.Fields[i].Name
	if name == "" {
		return key
	}
	return name
}
